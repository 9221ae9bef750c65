/**
 * The platform's own HMAC, for bodies large enough to be worth the way there. What to put before the
 * body, the comparison and the clock stay the verifier's.
 */
import type { Prepared } from './face.js'
import { type Match, type Now, type Parts, beforeBody, mismatch, settle, verify } from './fast.js'

interface Hmac {
  update(data: Uint8Array | string): Hmac
  digest(): Uint8Array
}

interface NodeCrypto {
  createHmac(algorithm: string, key: unknown): Hmac
  createSecretKey(key: Uint8Array): unknown
}

type Process = { getBuiltinModule?: (name: string) => unknown }

/** From how many bytes on Node's HMAC overtakes ours, the way there included: measured. */
export const SYNC_FROM_BYTES = 2_048
/** The same for SubtleCrypto, which costs a turn of the event loop: measured in workerd. */
export const ASYNC_FROM_BYTES = 1_536

const nodeKeys = new WeakMap<Prepared, readonly unknown[]>()
const subtleKeys = new WeakMap<Prepared, Promise<readonly CryptoKey[]>>()
const encoder = new TextEncoder()
let node: NodeCrypto | null | undefined

/** Node's HMAC, where there is one that can be had without a word at import. */
export function nodeCrypto(): NodeCrypto | null {
  if (node === undefined) {
    const { process } = globalThis as { process?: Process }
    node = (process?.getBuiltinModule?.('node:crypto') as NodeCrypto | undefined) ?? null
    if (typeof node?.createHmac !== 'function') node = null
  }
  return node
}

/** Verifies by Node's HMAC. */
export function verifyByNode(
  crypto: NodeCrypto,
  prepared: Prepared,
  parts: Parts,
  payload: Uint8Array | string,
  now: Now,
): Match {
  let keys = nodeKeys.get(prepared)
  if (keys === undefined) {
    keys = prepared.keys.map((key) => crypto.createSecretKey(key))
    nodeKeys.set(prepared, keys)
  }
  const before = beforeBody(prepared, parts)
  for (let index = 0; index < keys.length; index += 1) {
    // The tag of the last key was written over what is before the body.
    const own = index === 0 ? before : beforeBody(prepared, parts)
    const hmac = crypto.createHmac('sha256', keys[index])
    const tag = hmac.update(own).update(payload).digest()
    const match = settle(prepared, parts, tag, index, now, true)
    if (match !== undefined) return match
  }
  return mismatch()
}

/** Verifies by SubtleCrypto; by itself where that takes none of the keys. */
export async function verifyBySubtle(
  prepared: Prepared,
  parts: Parts,
  payload: Uint8Array | string,
  now: Now,
): Promise<Match> {
  const before = beforeBody(prepared, parts)
  const body = typeof payload === 'string' ? encoder.encode(payload) : payload
  const message = new Uint8Array(before.length + body.byteLength)
  message.set(before)
  message.set(body, before.length)
  let importing = subtleKeys.get(prepared)
  if (importing === undefined) {
    importing = Promise.all(prepared.keys.map(imported))
    subtleKeys.set(prepared, importing)
  }
  let keys: readonly CryptoKey[]
  try {
    keys = await importing
  } catch {
    // A platform that does not take a key today may take it tomorrow.
    subtleKeys.delete(prepared)
    return verify(prepared, parts, message.subarray(before.length), now)
  }
  for (const [index, key] of keys.entries()) {
    const tag = new Uint8Array(await crypto.subtle.sign('HMAC', key, message))
    const match = settle(prepared, parts, tag, index, now, false)
    if (match !== undefined) return match
  }
  return mismatch()
}

function imported(key: Uint8Array): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  return crypto.subtle.importKey('raw', new Uint8Array(key), algorithm, false, ['sign'])
}
