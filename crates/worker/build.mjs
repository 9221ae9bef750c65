// Builds the Worker into build/: the wasm, made small, and the module around it. Does nothing when
// nothing it is made of has changed.
//
//   node build.mjs              the Worker, into build/
//   node build.mjs --planted    the same with the faults of src/planted.rs, into build-planted/, for
//                               the tests; never to be deployed
//
// worker-build would download its helpers; they are handed over instead: wasm-bindgen from
// WASM_BINDGEN_BIN or the project's own tools, esbuild from npm. Its own optimiser is switched off;
// shrink.mjs knows more about this Worker.
//
// worker-build's panic recovery is on, and nothing here may switch it off (`--no-panic-recovery`,
// CUSTOM_SHIM): a trap ends the instance, and the next call of the module makes a new one. entry.mjs
// stands before its module and adds what is missing there.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'

import { renamed, shrink } from './shrink.mjs'

const { values } = parseArgs({ options: { planted: { type: 'boolean', default: false } } })
const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..', '..')
const tools = join(root, 'target', 'tools', 'bin')
const out = join(here, values.planted ? 'build-planted' : 'build')
const stamp = join(out, 'made-of.sha256')
const artefacts = ['index_bg.wasm', 'index.js']

const inputs = made()
const fresh =
  artefacts.every((name) => existsSync(join(out, name))) &&
  existsSync(stamp) &&
  readFileSync(stamp, 'utf8') === inputs
if (!fresh) build()
for (const name of artefacts) {
  const path = join(out, name)
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
  for (const name of ['build.mjs', 'shrink.mjs', 'entry.mjs', 'package-lock.json']) add(join(here, name))
  return hash.digest('hex')
}

/** The tool of the project if it was set up, else whatever the path has. */
function tool(name) {
  return existsSync(join(tools, name)) ? join(tools, name) : name
}

function build() {
  const { env } = process
  const cargoHome = env.CARGO_HOME ?? join(homedir(), '.cargo')
  const esbuild = env.ESBUILD_BIN ?? join(here, 'node_modules', 'esbuild', 'bin', 'esbuild')
  const features = values.planted ? ['--features', 'planted'] : []
  const run = spawnSync(
    tool('worker-build'),
    ['--no-opt', '--profile', 'wasm', '--out-dir', relative(here, out), ...features],
    {
      cwd: here,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...env,
        CARGO_TARGET_DIR: env.CARGO_TARGET_DIR ?? join(root, 'target', 'wasm'),
        // Two checkouts in two folders give the same bytes, and no folder is named in them.
        CARGO_ENCODED_RUSTFLAGS: [
          `--remap-path-prefix=${cargoHome}=/cargo`,
          `--remap-path-prefix=${root}=/farthing`,
          // Not unrolled: 7 KB less, and a kilobyte's hash is a hundredth of what a webhook costs here.
          '--cfg=sha2_backend_soft="compact"',
        ].join('\x1f'),
        // The names of functions are needed here, and gone afterwards.
        CARGO_PROFILE_WASM_STRIP: 'debuginfo',
        WASM_BINDGEN_BIN: env.WASM_BINDGEN_BIN ?? tool('wasm-bindgen'),
        ESBUILD_BIN: esbuild,
        NO_MINIFY: '1', // Not yet: it is bundled once more.
      },
    },
  )
  stopAtFailure(run)
  const { wasm, names, imports, exports } = shrink(readFileSync(join(out, 'index_bg.wasm')))
  const short = shortened([...imports, ...exports])
  writeFileSync(join(out, 'index_bg.wasm'), renamed(wasm, short))
  writeFileSync(join(out, 'functions.names'), names.map((name, index) => `${index} ${name}\n`).join(''))

  const glue = join(out, 'glue.js')
  const entry = join(out, 'entry.js')
  const whole = used(readFileSync(join(out, 'index.js'), 'utf8'), new Set(imports))
  writeFileSync(glue, whole.replace(/"\.\/index_bg\.js"|\b\w+\b/g, (name) => short.get(name.replaceAll('"', '')) ?? name))
  copyFileSync(join(here, 'entry.mjs'), entry)
  const options = ['--bundle', '--format=esm', '--minify', '--external:./index_bg.wasm', '--external:cloudflare:*']
  const outfile = `--outfile=${join(out, 'index.js')}`
  stopAtFailure(
    spawnSync(esbuild, [entry, ...options, outfile, '--allow-overwrite', '--log-level=warning'], {
      stdio: ['ignore', 'inherit', 'inherit'],
    }),
  )
  for (const part of [glue, entry]) rmSync(part)
  writeFileSync(stamp, inputs)
}

/** The module of worker-build without what the wasm does not import, and so that esbuild can leave out the rest. */
function used(glue, imports) {
  return glue
    .replace(/^( +)(__wb\w+): function\([^)]*\) \{\n[\s\S]*?\n\1\},?\n/gm, (text, _, name) => (imports.has(name) ? text : ''))
    .replace(/^if \(Symbol\.dispose\) .*;$/gm, '')
    .replace(/ new (Proxy|FinalizationRegistry)\(/g, ' /* @__PURE__ */ new $1(')
}

/** Short names for what wasm-bindgen named, in both halves alike; and for the module that it imports from. */
function shortened(names) {
  const own = names.filter((name) => /^__(?!worker_)|^wasm_bindgen__|^(?:inbox|limiter)_/.test(name))
  const short = new Map([...new Set(own)].map((name, index) => [name, `$${index.toString(36)}`]))
  return short.set('./index_bg.js', '$')
}

function stopAtFailure({ error, status }) {
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}
