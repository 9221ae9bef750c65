/** Webhooks: verifying them, signing them, and saying why one does not verify. */
export * from './webhooks/index.js'
