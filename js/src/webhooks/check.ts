/** Which of the ways to compute an HMAC serves a body best. */
import { FarthingError } from '../errors.js'
import type { Prepared } from './face.js'
import { type Match, type Now, type Parts, verify } from './fast.js'
import {
  ASYNC_FROM_BYTES,
  SYNC_FROM_BYTES,
  nodeCrypto,
  verifyByNode,
  verifyBySubtle,
} from './native.js'

/** The body exactly as it arrived. Parsed JSON cannot be verified: its bytes are gone. */
export type RawPayload = string | Uint8Array

/** Verifies now. */
export function check(prepared: Prepared, parts: Parts, payload: RawPayload, now: Now): Match {
  if (payload.length >= SYNC_FROM_BYTES) {
    const crypto = nodeCrypto()
    if (crypto !== null) return verifyByNode(crypto, prepared, parts, payload, now)
  }
  return verify(prepared, parts, payload, now)
}

/** Verifies now or a little later: large bodies by the platform's cryptography wherever there is some. */
export function checkAsync(
  prepared: Prepared,
  parts: Parts,
  payload: RawPayload,
  now: Now,
): Match | Promise<Match> {
  const { crypto } = globalThis as { crypto?: { subtle?: unknown } }
  if (payload.length < ASYNC_FROM_BYTES || nodeCrypto() !== null || crypto?.subtle === undefined) {
    return check(prepared, parts, payload, now)
  }
  return verifyBySubtle(prepared, parts, payload, now)
}

/** Refuses what is not the body as it arrived. */
export function raw(payload: unknown): RawPayload {
  if (typeof payload === 'string' || payload instanceof Uint8Array) return payload
  throw new FarthingError(
    'payload_not_raw',
    'Pass the request body as it arrived, as text or bytes: a parsed body cannot be verified.',
  )
}

/** The receiver's clock in whole milliseconds. */
export function clock(nowMs: number): number {
  const whole = typeof nowMs === 'number' ? Math.floor(nowMs) : NaN
  if (Number.isSafeInteger(whole)) return whole
  throw new FarthingError('not_an_integer', 'nowMs must be a number of milliseconds.')
}
