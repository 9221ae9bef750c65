/** Keeping a body: what is verified and what is parsed later must be the same bytes. */

/** Up to here a body shares its memory with others: an allocation costs more than the copy. */
const SHARED_BYTES_MAX = 4_096
const SLAB_BYTES = 32_768

let slab = new Uint8Array()
let used = 0

/**
 * The body as it is now, whatever the caller reads into its buffer next. What is not bytes is answered
 * as it is. The copy must not leave the package: the memory around it is other bodies'.
 */
export function kept<T>(payload: T): T | Uint8Array {
  if (!(payload instanceof Uint8Array)) return payload
  const length = payload.byteLength
  if (length > SHARED_BYTES_MAX) return new Uint8Array(payload)
  if (used + length > slab.length) {
    slab = new Uint8Array(SLAB_BYTES)
    used = 0
  }
  slab.set(payload, used)
  return slab.subarray(used, (used += length))
}
