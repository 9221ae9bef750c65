// Refuses WebAssembly as a content security policy does. Node itself compiles by another way.
WebAssembly.Module = class {
  constructor() {
    throw new WebAssembly.CompileError('Refused.')
  }
}
