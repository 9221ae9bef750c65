/** Everything at once. Bundlers leave out what is not used; the subpaths do it without a bundler. */
export * from './card.js'
export * from './checkout.js'
export * from './errors.js'
export * from './idempotency.js'
export * from './money.js'
export * from './webhooks.js'
export { ready } from './ready.js'
