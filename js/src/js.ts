/**
 * Import this first where WebAssembly is refused (a content security policy without
 * `wasm-unsafe-eval`, Lockdown Mode): from then on everything else works synchronously there, in
 * JavaScript. Where WebAssembly works, it changes nothing.
 */
import instantiate from '../wasm/fallback.js'
import { useTwin } from './wasm/instance.js'

useTwin(instantiate)
