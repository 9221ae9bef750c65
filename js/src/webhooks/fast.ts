/**
 * The calls that verify: a buffer that stays, lengths as arguments, a number as the answer, and
 * nothing allocated on the way.
 */
import type { Exports } from '../wasm/instance.js'
import { type Prepared, guarded, throwFault } from './face.js'

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

/** What the verifier is called with after the lengths of what was written. */
type Verify = (
  packed: number,
  id: number,
  timestamp: number,
  signature: number,
  rest: number,
  nowMs: number,
  toleranceSeconds: number,
  by: number,
) => number

/** What is written last is the body. */
const BY_BODY = -1
/** What is written last is to be what is signed before the body. */
const BEFORE_BODY = -2
/** What is written last is a body to sign; the signature's place is room for what is sent there. */
const SIGN = -3
const TAG_BYTES = 32
/** The eight bytes of the answer's second half, and eight more. */
const HEAD_BYTES = 16
const UTF8_BYTES_PER_UNIT = 3
/** What is signed before the body is shorter. */
const ROOM_BYTES = 320
/** More than one signature takes, or the time before all of them. */
const SIGNATURE_CHARS = 80
const NEVER: Now = { nowMs: 0, toleranceSeconds: 0 }

const encoder = new TextEncoder()
const decoder = new TextDecoder()

let memory = new Uint8Array()
/** The memory from where the headers begin: the same place for the same verifier. */
let tail = memory
let tailAt = -1
let numbers = new Float64Array()
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
  return guarded((instance) => {
    const bodyBytes = writeAll(instance, packed, parts, payload)
    return matched(instance, judge(instance, packed, bodyBytes, now, BY_BODY))
  })
}

/** What a sender writes into the signature's header. The time is its header's, or would be. */
export function sign(
  { packed, keys }: Prepared,
  { id, timestamp }: Omit<Parts, 'signature'>,
  payload: Uint8Array | string,
): string {
  return guarded((instance) => {
    const signature = ' '.repeat(SIGNATURE_CHARS * (keys.length + 1))
    const bodyBytes = writeAll(instance, packed, { id, timestamp, signature }, payload)
    const length = judge(instance, packed, bodyBytes, NEVER, SIGN)
    if (length < 0) throwFault(instance, length)
    return decoder.decode(memory.subarray(at - signatureBytes, at - signatureBytes + length))
  })
}

/** What is signed before the body: valid until the next call. Throws for headers that cannot be right. */
export function beforeBody({ packed }: Prepared, parts: Parts): Uint8Array {
  return guarded((instance) => {
    write(instance, packed, parts, ROOM_BYTES)
    const length = judge(instance, packed, ROOM_BYTES, NEVER, BEFORE_BODY)
    if (length < 0) throwFault(instance, length)
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
    const answer = judge(instance, packed, TAG_BYTES, now, secretIndex)
    return answer === MISMATCH ? undefined : matched(instance, answer)
  })
}

/** What a tag of another secret or body is answered with. */
const MISMATCH = -7

/** Throws what a body is refused with that none of the secrets fits. */
export function mismatch(): never {
  return guarded((instance) => throwFault(instance, MISMATCH))
}

function judge(instance: Exports, packed: Uint8Array, rest: number, now: Now, by: number): number {
  return (instance['verify'] as Verify)(
    packed.length,
    idBytes,
    timestampBytes,
    signatureBytes,
    rest,
    now.nowMs,
    now.toleranceSeconds,
    by,
  )
}

/** Writes all of it; answers how long the body is. */
function writeAll(
  instance: Exports,
  packed: Uint8Array,
  parts: Parts,
  payload: Uint8Array | string,
): number {
  if (typeof payload === 'string') {
    write(instance, packed, parts, payload.length * UTF8_BYTES_PER_UNIT)
    return text(payload)
  }
  write(instance, packed, parts, payload.byteLength)
  memory.set(payload, at)
  return payload.byteLength
}

/** Writes all but the body, for which there is then room at {@link at}. */
function write(instance: Exports, packed: Uint8Array, parts: Parts, room: number): void {
  const { id, timestamp, signature } = parts
  const headers = id.length + timestamp.length + signature.length
  start = instance.begin(HEAD_BYTES + packed.length + headers * UTF8_BYTES_PER_UNIT + room)
  const { buffer } = instance.memory
  if (memory.buffer !== buffer) {
    memory = new Uint8Array(buffer)
    numbers = new Float64Array(buffer)
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

function matched(instance: Exports, answer: number): Match {
  if (answer < 0) throwFault(instance, answer)
  const timestampMs = numbers[start >>> 3] ?? NaN
  return { secretIndex: answer, timestampMs: Number.isNaN(timestampMs) ? null : timestampMs }
}
