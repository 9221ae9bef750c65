/** The compiled verifier: its functions that work in place, on bytes that are written for each call. */
import bytes from '../../wasm/verify.bytes.js'
import { FarthingError, type FarthingErrorCode } from '../errors.js'
import { type Artefact, type Exports, artefact } from '../wasm/instance.js'

/** The artefact. It keeps nothing between two calls: what has to last is held on this side. */
export const wasm: Artefact = artefact('verify', bytes, () => import('../../wasm/verify.twin.js'))

/** Who signed: whose way of signing is expected. */
export type SchemeName = 'stripe' | 'standard' | 'github' | 'shopify' | 'slack'

/** A verifier's own state and keys, ready to be handed in with each call. Worth as much as a secret. */
export interface Prepared {
  /** Scheme, policy and absorbed keys. */
  readonly packed: Uint8Array
  /** The raw keys, for the platform's own cryptography. */
  readonly keys: readonly Uint8Array[]
}

/** The names of a scheme's headers for id, time and signature; empty where it has none. */
export type HeaderNames = readonly [
  id: readonly string[],
  timestamp: readonly string[],
  signature: readonly string[],
]

export interface PrepareOptions {
  scheme: SchemeName
  policy: 'strict' | 'compat'
  toleranceSeconds?: number | undefined
  secrets: readonly string[]
}

/** What an absorbed secret takes: a mark and two states. */
const KEY_BYTES = 65
/** More than the names of a scheme's headers, or a fault's sentences, take. */
const TEXT_BYTES = 256
const COMPAT = 1
const WITH_TOLERANCE = 2

const encoder = /* @__PURE__ */ new TextEncoder()
const decoder = /* @__PURE__ */ new TextDecoder()

/** A text in UTF-8. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** A number as it crosses. */
export function crossing(number: number): Uint8Array {
  return new Uint8Array(new Float64Array([number]).buffer)
}

/** Bytes one after the other. */
export function joined(parts: readonly Uint8Array[], room = 0): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, room))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** Uses the instance; one that trapped is forgotten. */
export function guarded<T>(use: (instance: Exports) => T): T {
  const instance = wasm.exports()
  try {
    return use(instance)
  } catch (cause) {
    if (cause instanceof FarthingError) throw cause
    wasm.discard()
    throw new FarthingError('internal', 'The verifier failed. This is a bug of Farthing.', {
      cause,
    })
  }
}

/**
 * Calls a function that works in place. Answers the memory, which is good until the next call, and the
 * length that the function answered.
 */
export function inPlace(
  name: string,
  given: Uint8Array,
  ...numbers: number[]
): [memory: Uint8Array, length: number] {
  return guarded((instance) => {
    const start = instance.begin(given.length)
    const memory = new Uint8Array(instance.memory.buffer, start, given.length)
    memory.set(given)
    const length = (instance[name] as (...numbers: number[]) => number)(given.length, ...numbers)
    if (length < 0) throwFault(instance, length)
    return [memory, length]
  })
}

/** The lines that a function wrote from a place in its memory on. */
export function lines([memory, length]: [Uint8Array, number], from = 0): string[] {
  return decoder.decode(memory.subarray(from, from + length)).split('\n')
}

/** Absorbs the secrets. */
export function prepare({ scheme, policy, toleranceSeconds, secrets }: PrepareOptions): Prepared {
  const name = utf8(scheme)
  // By way of its text, so that what is no number is refused as such.
  const tolerance = crossing(Number(String(toleranceSeconds)))
  const flags =
    (policy === 'compat' ? COMPAT : 0) + (toleranceSeconds === undefined ? 0 : WITH_TOLERANCE)
  const [head, headBytes] = inPlace('verify_open', joined([tolerance, name]), name.length, flags)
  const parts = [head.slice(0, headBytes)]
  const keys = secrets.map((secret) => {
    const text = utf8(secret)
    const room = new Uint8Array(KEY_BYTES)
    const [absorbed, keyBytes] = inPlace(
      'verify_absorb',
      joined([room, text]),
      parts[0]?.[0] ?? 0,
      text.length,
    )
    parts.push(absorbed.slice(0, KEY_BYTES))
    return absorbed.slice(KEY_BYTES, KEY_BYTES + keyBytes)
  })
  const packed = joined(parts)
  inPlace('verify_check', packed, packed.length)
  return { packed, keys }
}

/** Which headers a scheme reads. */
export function headerNames(scheme: SchemeName): HeaderNames {
  const name = utf8(scheme)
  const found = inPlace('verify_headers', joined([name], TEXT_BYTES), name.length)
  const [id = [], timestamp = [], signature = []] = lines(found).map((names) =>
    names === '' ? [] : names.split(','),
  )
  return [id, timestamp, signature]
}

/**
 * Throws what a negative answer stands for. A number that belongs into the sentence is still where the
 * call that failed left it.
 */
export function throwFault(instance: Exports, answer: number): never {
  const start = instance.begin(TEXT_BYTES)
  const fault = instance['verify_fault'] as (room: number, fault: number) => number
  const length = fault(TEXT_BYTES, -answer)
  const [code, message] = lines([new Uint8Array(instance.memory.buffer, start), length])
  // That core has no code which the union lacks is for the tests to say, not for every page to carry.
  throw new FarthingError(code as FarthingErrorCode, message ?? '')
}
