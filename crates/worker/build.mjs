// Builds the Worker into build/: the wasm, optimised, and the module around it.
//
// worker-build would download its helpers; they are handed over instead: wasm-bindgen from
// WASM_BINDGEN_BIN or the project's own tools, wasm-opt and esbuild from npm.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..', '..')
const tools = join(root, 'target', 'tools', 'bin')

/** The tool of the project if it was set up, else whatever the path has. */
const tool = (name) => (existsSync(join(tools, name)) ? join(tools, name) : name)

const run = spawnSync(tool('worker-build'), ['--profile', 'wasm', '--out-dir', 'build'], {
  cwd: here,
  stdio: ['ignore', 'inherit', 'inherit'],
  env: {
    ...process.env,
    CARGO_TARGET_DIR: join(root, 'target', 'wasm'),
    WASM_BINDGEN_BIN: process.env.WASM_BINDGEN_BIN ?? tool('wasm-bindgen'),
    WASM_OPT_BIN: process.env.WASM_OPT_BIN ?? join(here, 'node_modules', 'binaryen', 'bin', 'wasm-opt'),
    ESBUILD_BIN: process.env.ESBUILD_BIN ?? join(here, 'node_modules', 'esbuild', 'bin', 'esbuild'),
  },
})
if (run.error) throw run.error
if (run.status !== 0) process.exit(run.status ?? 1)

for (const name of ['index_bg.wasm', 'index.js']) {
  const path = join(here, 'build', name)
  if (!existsSync(path)) continue
  const gzip = gzipSync(readFileSync(path), { level: 9 }).length
  console.log(`${name}: ${statSync(path).size} bytes, ${gzip} gzip`)
}
