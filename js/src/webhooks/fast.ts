/**
 * The calls that verify: a buffer that stays, lengths as arguments, a number as the answer, and
 * nothing allocated on the way. Numbers cross in 32 bits.
 */
import { FarthingError } from '../errors.js'
import type { Exports } from '../wasm/instance.js'
import { type Prepared, throwFault, wasm } from './face.js'

/** The headers that count; empty where there is none. */
export interface Parts {
  readonly id: string
  readonly timestamp: string
  readonly signature: string
}

/** When it is, and how old a webhook may be: the latter counts under the compat policy only. */
export interface Now {
  readonly nowMs: number
  readonly toleranceSeconds: number
}

/** Which secret fits, and when the sender signed (`null` where no time is signed). */
export interface Match {
  readonly secretIndex: number
  readonly timestampMs: number | null
}

type Lengths = [packed: number, id: number, timestamp: number, signature: number]

interface Verify extends Exports {
  verify(...call: [...Lengths, number, number, number, number]): number
  verify_settle(...call: [...Lengths, number, number, number, number]): number
  verify_before_body(...call: Lengths): number
}

/** The eight bytes of the answer's second half, and eight more. */
const HEAD_BYTES = 16
const UTF8_BYTES_PER_UNIT = 3
/** What is signed before the body is shorter. */
const ROOM_BYTES = 320
const TWO_TO_32 = 4_294_967_296
const NO_TIME_HIGH = -2_147_483_648

const encoder = new TextEncoder()

let memory = new Uint8Array()
/** The memory from where the headers begin: the same place for the same verifier. */
let tail = memory
let tailAt = -1
let words = new Int32Array()
let start = 0
let idBytes = 0
let timestampBytes = 0
let signatureBytes = 0
let at = 0

/** Verifies a body in WebAssembly. */
export function verify(
  { packed }: Prepared,
  parts: Parts,
  payload: Uint8Array | string,
  now: Now,
): Match {
  const most =
    typeof payload === 'string' ? payload.length * UTF8_BYTES_PER_UNIT : payload.byteLength
  return guarded((instance) => {
    write(instance, packed, parts, most)
    const bodyBytes = typeof payload === 'string' ? text(payload) : payload.byteLength
    if (typeof payload !== 'string') memory.set(payload, at)
    return matched(
      instance.verify(
        packed.length,
        idBytes,
        timestampBytes,
        signatureBytes,
        bodyBytes,
        low(now.nowMs),
        high(now.nowMs),
        now.toleranceSeconds,
      ),
    )
  })
}

/** What is signed before the body: valid until the next call. Throws for headers that cannot be right. */
export function beforeBody({ packed }: Prepared, parts: Parts): Uint8Array {
  return guarded((instance) => {
    write(instance, packed, parts, ROOM_BYTES)
    const length = instance.verify_before_body(
      packed.length,
      idBytes,
      timestampBytes,
      signatureBytes,
    )
    if (length < 0) fault(length)
    return memory.subarray(at, at + length)
  })
}

/**
 * Compares a tag that the platform computed under one of the keys; `undefined` if it is another.
 * `isThere` says that nothing was called since {@link beforeBody} for the same headers.
 */
export function settle(
  { packed }: Prepared,
  parts: Parts,
  tag: Uint8Array,
  secretIndex: number,
  now: Now,
  isThere: boolean,
): Match | undefined {
  return guarded((instance) => {
    if (!isThere) write(instance, packed, parts, ROOM_BYTES)
    memory.set(tag, at)
    const answer = instance.verify_settle(
      packed.length,
      idBytes,
      timestampBytes,
      signatureBytes,
      secretIndex,
      low(now.nowMs),
      high(now.nowMs),
      now.toleranceSeconds,
    )
    return answer === MISMATCH ? undefined : matched(answer)
  })
}

/** What a tag of another secret or body is answered with. */
export const MISMATCH = -7

/** Throws what a body is refused with that none of the secrets fits. */
export function mismatch(): never {
  throwFault(MISMATCH, 0)
}

function guarded<T>(use: (instance: Verify) => T): T {
  const instance = wasm.exports() as Verify
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

/** Writes all but the body, for which there is then room at {@link at}. */
function write(instance: Verify, packed: Uint8Array, parts: Parts, room: number): void {
  const { id, timestamp, signature } = parts
  const headers = id.length + timestamp.length + signature.length
  start = instance.begin(HEAD_BYTES + packed.length + headers * UTF8_BYTES_PER_UNIT + room)
  const { buffer } = instance.memory
  if (memory.buffer !== buffer) {
    memory = new Uint8Array(buffer)
    words = new Int32Array(buffer)
    tailAt = -1
  }
  memory.set(packed, start + HEAD_BYTES)
  at = start + HEAD_BYTES + packed.length
  if (tailAt !== at) tail = memory.subarray((tailAt = at))
  idBytes = id.length
  timestampBytes = timestamp.length
  signatureBytes = signature.length
  // In one go, where each character is a byte: a call into the encoder costs more than the copy.
  if (encoder.encodeInto(id + timestamp + signature, tail).written === headers) {
    at += headers
    return
  }
  at += idBytes = text(id)
  at += timestampBytes = text(timestamp)
  at += signatureBytes = text(signature)
}

function text(value: string): number {
  return value === '' ? 0 : encoder.encodeInto(value, memory.subarray(at)).written
}

function matched(answer: number): Match {
  if (answer < 0) fault(answer)
  const half = start >>> 2
  const highWord = words[half + 1] ?? NO_TIME_HIGH
  const lowWord = words[half] ?? 0
  return {
    secretIndex: answer,
    timestampMs: highWord === NO_TIME_HIGH ? null : highWord * TWO_TO_32 + (lowWord >>> 0),
  }
}

function fault(answer: number): never {
  const half = start >>> 2
  throwFault(answer, (words[half + 1] ?? 0) * TWO_TO_32 + ((words[half] ?? 0) >>> 0))
}

function low(ms: number): number {
  return ms >>> 0
}

function high(ms: number): number {
  return Math.floor(ms / TWO_TO_32) >>> 0
}
