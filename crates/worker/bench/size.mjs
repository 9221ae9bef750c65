// What the built Worker weighs, and what an isolate pays before its first request:
//
//   node bench/size.mjs [--check]
//
// Prints the script, gzip, in all, and the median time to compile and instantiate the wasm in Node with
// its imports stubbed. With `--check` it exits with 1 where a bound is broken.

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'

import binaryen from 'binaryen'

/** The script in all, gzip: the bound, and what is aimed at. */
const SCRIPT_BYTES_MAX = 130_000
const SCRIPT_BYTES_AIM = 80_000
/** Compile and instantiate. */
const START_MS_MAX = 10
const RUNS = 20

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
const build = join(dirname(fileURLToPath(import.meta.url)), '..', 'build')
const parts = ['index_bg.wasm', 'index.js'].map((name) => ({ name, bytes: readFileSync(join(build, name)) }))
const gzip = parts.map(({ bytes }) => gzipSync(bytes, { level: 9 }).length)
const script_bytes = gzip.reduce((sum, size) => sum + size)
const known = knownHere(parts[0].bytes)
const start_ms = median(Array.from({ length: RUNS }, () => started(known)))

for (const [index, { name, bytes }] of parts.entries()) {
  console.log(`${name.padEnd(28)}${kb(bytes.length)} ${kb(gzip[index])} gzip`)
}
console.log(`${'script in all, gzip'.padEnd(28)}${kb(script_bytes)} bound ${kb(SCRIPT_BYTES_MAX)}, aim ${kb(SCRIPT_BYTES_AIM)}`)
console.log(`${'compile and instantiate'.padEnd(28)}${start_ms.toFixed(2).padStart(7)} ms bound ${START_MS_MAX} ms (median of ${RUNS})`)

const broken = [script_bytes > SCRIPT_BYTES_MAX && 'the script', start_ms > START_MS_MAX && 'the start'].filter(Boolean)
if (broken.length > 0) console.log(`Above its bound: ${broken.join(' and ')}.`)
if (values.check && broken.length > 0) process.exit(1)

/** The same for this Node: before version 22 none knows the handlers of exceptions, which are left out then. */
function knownHere(bytes) {
  if (WebAssembly.validate(bytes)) return bytes
  console.log('without handlers of exceptions, which this Node does not know:')
  const module = binaryen.readBinary(bytes)
  const { MutableGlobals, NontrappingFPToInt, BulkMemory, BulkMemoryOpt, SignExt, ReferenceTypes, Multivalue } = binaryen.Features
  module.setFeatures(MutableGlobals | NontrappingFPToInt | BulkMemory | BulkMemoryOpt | SignExt | ReferenceTypes | Multivalue)
  module.optimize()
  return module.emitBinary()
}

/** Compiles and instantiates once. */
function started(bytes) {
  const begin = performance.now()
  const module = new WebAssembly.Module(bytes)
  new WebAssembly.Instance(module, stubs(module))
  return performance.now() - begin
}

/** Imports that do nothing. The JavaScript tag is what the wasm throws and catches exceptions by. */
function stubs(module) {
  const imports = {}
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {}
    if (kind === 'function') imports[from][name] = () => 0
    else if (kind === 'tag') imports[from][name] = new WebAssembly.Tag({ parameters: ['externref'] })
    else throw new Error(`${from}.${name}: no stub for a ${kind}`)
  }
  return imports
}

function median(times) {
  const sorted = times.toSorted((a, b) => a - b)
  return (sorted[(RUNS >> 1) - 1] + sorted[RUNS >> 1]) / 2
}

function kb(bytes) {
  return `${(bytes / 1000).toFixed(1).padStart(7)} KB`
}
