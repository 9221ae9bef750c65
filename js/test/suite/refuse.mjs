// Refuses WebAssembly, as an engine in lockdown does.
globalThis.WebAssembly = undefined
