/** Where keys come from. */
import { core } from './core.js'

/** A new idempotency key, from 16 bytes of the platform's cryptographic randomness. */
export function newKey(): string {
  return core((c) => c.key_generate(crypto.getRandomValues(new Uint8Array(16))))
}
