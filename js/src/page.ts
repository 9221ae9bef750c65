/**
 * What a page without a bundler loads in one file: all that a page has a use for. Webhooks and the
 * client are for servers.
 */
export * from './card.js'
export * from './checkout.js'
export * from './errors.js'
export * from './idempotency.js'
export * from './money.js'
export { ready } from './ready.js'
