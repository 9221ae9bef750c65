/**
 * The compiled core: instantiated at the first call, never at import. Everything that the other files
 * know about money, keys, signatures and cards, they ask here.
 */
import * as glue from '../wasm/farthing_wasm.js'
import { wasmBase64 } from '../wasm/bytes.js'
import { FARTHING_ERROR_CODES, FarthingError, type FarthingErrorCode } from './errors.js'

type Core = typeof glue

let instantiated = false

/** Runs `use` with the core, turning what it throws into a {@link FarthingError}. */
export function core<T>(use: (core: Core) => T): T {
  try {
    if (!instantiated) {
      glue.initSync({ module: Uint8Array.from(atob(wasmBase64), (c) => c.charCodeAt(0)) })
      instantiated = true
    }
    return use(glue)
  } catch (thrown) {
    throw translated(thrown)
  }
}

/** A whole number as the core takes it: decimal text. What is not whole is refused over there. */
export function decimal(number: number | bigint): string {
  return String(number)
}

function translated(thrown: unknown): unknown {
  if (typeof thrown !== 'object' || thrown === null || thrown instanceof Error) return thrown
  const { code, message } = thrown as { code?: unknown; message?: unknown }
  if (typeof code !== 'string' || typeof message !== 'string') return thrown
  return isCode(code)
    ? new FarthingError(code, message)
    : new FarthingError('internal', `${message} (${code})`)
}

function isCode(code: string): code is FarthingErrorCode {
  return (FARTHING_ERROR_CODES as readonly string[]).includes(code)
}
