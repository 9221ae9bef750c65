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
/** What a number takes, as it crosses. */
const NUMBER_BYTES = 8
/** As many lines of the verifier's texts are about schemes; the faults follow, from -1 down. */
const SCHEMES = 5
const UNKNOWN_SCHEME = -16
const COMPAT = 1
const WITH_TOLERANCE = 2

const encoder = /* @__PURE__ */ new TextEncoder()
const decoder = /* @__PURE__ */ new TextDecoder()
let schemes: readonly string[][] | undefined
let faults: readonly string[] = []

/** Uses an instance; one that trapped is forgotten. */
export function guarded<T>(use: (instance: Exports) => T, of: Artefact = wasm): T {
  const instance = of.exports()
  try {
    return use(instance)
  } catch (cause) {
    if (cause instanceof FarthingError) throw cause
    of.discard()
    throw new FarthingError('internal', 'The verifier failed. This is a bug of Farthing.', {
      cause,
    })
  }
}

/**
 * Calls a function that works in place, on bytes and two numbers. Answers the memory, which is good
 * until the next call, and the length that the function answered.
 */
function inPlace(
  name: string,
  given: Uint8Array,
  one: number,
  two: number,
): [memory: Uint8Array, length: number] {
  return guarded((instance) => {
    const start = instance.begin(given.length)
    const memory = new Uint8Array(instance.memory.buffer, start, given.length)
    memory.set(given)
    const work = instance[name] as (length: number, one: number, two: number) => number
    const length = work(given.length, one, two)
    if (length < 0) throwFault(instance, length)
    return [memory, length]
  })
}

/** Absorbs the secrets. */
export function prepare({ scheme, policy, toleranceSeconds, secrets }: PrepareOptions): Prepared {
  const number = numberOf(scheme)
  // By way of its text, so that what is no number is refused as such.
  const tolerance = new Float64Array([Number(String(toleranceSeconds))])
  const flags =
    (policy === 'compat' ? COMPAT : 0) + (toleranceSeconds === undefined ? 0 : WITH_TOLERANCE)
  const [head, headBytes] = inPlace('verify_open', new Uint8Array(tolerance.buffer), number, flags)
  const packed = new Uint8Array(headBytes + KEY_BYTES * secrets.length)
  packed.set(head.subarray(0, headBytes))
  const keys = secrets.map((secret, index) => {
    const text = encoder.encode(secret)
    const room = new Uint8Array(KEY_BYTES + text.length)
    room.set(text, KEY_BYTES)
    const [absorbed, keyBytes] = inPlace('verify_absorb', room, number, text.length)
    packed.set(absorbed.subarray(0, KEY_BYTES), headBytes + KEY_BYTES * index)
    return absorbed.slice(KEY_BYTES, KEY_BYTES + keyBytes)
  })
  inPlace('verify_check', packed, packed.length, 0)
  return { packed, keys }
}

/** Whose webhooks there are. */
export function schemeNames(): SchemeName[] {
  return guarded(known).map(([name]) => name as SchemeName)
}

/** Which headers a scheme reads. */
export function headerNames(scheme: SchemeName): HeaderNames {
  const [, ...names] = guarded(known)[numberOf(scheme)] ?? []
  const [id = [], timestamp = [], signature = []] = names.map((each) =>
    each === '' ? [] : each.split(','),
  )
  return [id, timestamp, signature]
}

function numberOf(scheme: SchemeName): number {
  return guarded((instance) => {
    const number = known(instance).findIndex(([name]) => name === scheme)
    return number < 0 ? throwFault(instance, UNKNOWN_SCHEME) : number
  })
}

/** All schemes, each as its name and the names of its headers. Read, with the faults, once. */
function known(instance: Exports): readonly string[][] {
  if (schemes === undefined) {
    const all = new Uint8Array(instance.memory.buffer)
    const from = (instance['verify_texts'] as () => number)()
    const lines = decoder.decode(all.subarray(from, all.indexOf(0, from))).split('\n')
    schemes = lines.splice(0, SCHEMES).map((line) => line.split(' '))
    faults = lines
  }
  return schemes
}

/**
 * Throws what a negative answer stands for. A number that belongs into the sentence is still where the
 * call that failed left it.
 */
export function throwFault(instance: Exports, answer: number): never {
  known(instance)
  const [about = 0] = new Float64Array(instance.memory.buffer, instance.begin(NUMBER_BYTES), 1)
  const fault = faults[-1 - answer] ?? 'internal There is no such fault.'
  const space = fault.indexOf(' ')
  // That core has no code which the union lacks is for the tests to say, not for every page to carry.
  const code = fault.slice(0, space) as FarthingErrorCode
  // As an integer, which is written out however large it is.
  const sentence = fault.slice(space + 1).replace('{}', () => String(BigInt(about)))
  throw new FarthingError(code, sentence)
}
