// Builds the Worker into build/: the wasm, optimised, and the module around it. Does nothing when
// nothing it is made of has changed.
//
// worker-build would download its helpers; they are handed over instead: wasm-bindgen from
// WASM_BINDGEN_BIN or the project's own tools, wasm-opt and esbuild from npm.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..', '..')
const tools = join(root, 'target', 'tools', 'bin')
const stamp = join(here, 'build', 'made-of.sha256')
const artefacts = ['index_bg.wasm', 'index.js']

const inputs = made()
const fresh =
  artefacts.every((name) => existsSync(join(here, 'build', name))) &&
  existsSync(stamp) &&
  readFileSync(stamp, 'utf8') === inputs
if (!fresh) build()
for (const name of artefacts) {
  const path = join(here, 'build', name)
  const gzip = gzipSync(readFileSync(path), { level: 9 }).length
  console.log(`${name}: ${statSync(path).size} bytes, ${gzip} gzip${fresh ? ' (as before)' : ''}`)
}

/** A hash of everything the artefacts are made of. */
function made() {
  const hash = createHash('sha256')
  const add = (path) => {
    if (statSync(path).isDirectory()) return readdirSync(path).sort().forEach((name) => add(join(path, name)))
    hash.update(`${relative(root, path)}\0`).update(readFileSync(path)).update('\0')
  }
  const crates = ['core', 'worker'].flatMap((name) => ['Cargo.toml', 'src'].map((part) => `crates/${name}/${part}`))
  for (const path of ['Cargo.toml', 'Cargo.lock', ...crates]) add(join(root, path))
  add(fileURLToPath(import.meta.url))
  add(join(here, 'package-lock.json'))
  return hash.digest('hex')
}

/** The tool of the project if it was set up, else whatever the path has. */
function tool(name) {
  return existsSync(join(tools, name)) ? join(tools, name) : name
}

function build() {
  const npm = (name) => join(here, 'node_modules', name, 'bin', name === 'binaryen' ? 'wasm-opt' : name)
  const { env } = process
  const run = spawnSync(tool('worker-build'), ['--profile', 'wasm', '--out-dir', 'build'], {
    cwd: here,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...env,
      CARGO_TARGET_DIR: env.CARGO_TARGET_DIR ?? join(root, 'target', 'wasm'),
      WASM_BINDGEN_BIN: env.WASM_BINDGEN_BIN ?? tool('wasm-bindgen'),
      WASM_OPT_BIN: env.WASM_OPT_BIN ?? npm('binaryen'),
      ESBUILD_BIN: env.ESBUILD_BIN ?? npm('esbuild'),
    },
  })
  if (run.error) throw run.error
  if (run.status !== 0) process.exit(run.status ?? 1)
  writeFileSync(stamp, inputs)
}
