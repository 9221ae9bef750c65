import { ready as coreReady } from './core.js'

/**
 * Resolves when the functions of this package can be called. Only needed where WebAssembly may be
 * refused (a content security policy without `wasm-unsafe-eval`, Lockdown Mode): there it fetches the
 * core as JavaScript, and a call before it has resolved throws `wasm_unavailable`. Elsewhere it
 * resolves at once. Rejects with the browser's own error if that file cannot be fetched; it may be
 * called again.
 */
export function ready(): Promise<void> {
  return coreReady()
}
