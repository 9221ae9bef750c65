/** Everything at once. Bundlers leave out what is not used; the subpaths do it without a bundler. */
import { ready as coreReady } from './ready.js'
import { ready as verifierReady } from './webhooks.js'

export * from './card.js'
export * from './checkout.js'
export * from './errors.js'
export * from './idempotency.js'
export * from './money.js'
export * from './webhooks.js'

/**
 * Resolves when everything here can be called, webhooks included: `ready()` of each subpath waits for
 * its own part alone. Rejects with the browser's own error if a file cannot be fetched.
 */
export async function ready(): Promise<void> {
  await Promise.all([coreReady(), verifierReady()])
}
