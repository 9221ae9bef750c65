/** The compiled verifier: its functions that take and answer texts. */
import bytes from '../../wasm/verify.bytes.js'
import { call } from '../wasm/call.js'
import { type Artefact, artefact } from '../wasm/instance.js'

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

/** Absorbs the secrets. */
export function prepare({ scheme, policy, toleranceSeconds, secrets }: PrepareOptions): Prepared {
  const tolerance = toleranceSeconds === undefined ? '' : String(toleranceSeconds)
  const [packed = '', ...keys] = call(wasm, 'verify_prepare', [
    scheme,
    policy,
    tolerance,
    ...secrets,
  ])
  return { packed: latin1(packed), keys: keys.map(latin1) }
}

/** Which headers a scheme reads. */
export function headerNames(scheme: SchemeName): HeaderNames {
  const [id = [], timestamp = [], signature = []] = call(wasm, 'verify_headers', [scheme]).map(
    (names) => (names === '' ? [] : names.split(',')),
  )
  return [id, timestamp, signature]
}

/** Throws what a negative answer stands for. */
export function throwFault(answer: number, seconds: number): never {
  call(wasm, 'verify_fault', [String(-answer), String(seconds)])
  throw new Error('A fault that is none.')
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}
