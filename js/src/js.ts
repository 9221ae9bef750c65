/**
 * Import this first where WebAssembly is refused (a content security policy without
 * `wasm-unsafe-eval`, Lockdown Mode): from then on everything else works synchronously there, in
 * JavaScript. Where WebAssembly works, it changes nothing.
 */
import core from '../wasm/core.twin.js'
import diagnose from '../wasm/diagnose.twin.js'
import verify from '../wasm/verify.twin.js'
import { useTwin } from './wasm/instance.js'

useTwin('core', core)
useTwin('verify', verify)
useTwin('diagnose', diagnose)
