// Builds dist/: the core to WebAssembly, the sources to modules and declarations, and everything at
// once to one file for pages without a bundler. `--no-wasm` keeps the core that was built before.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import * as esbuild from 'esbuild'

const js = dirname(dirname(fileURLToPath(import.meta.url)))
const root = dirname(js)
const wasmDir = join(js, 'wasm')
const dist = join(js, 'dist')
const bin = (name) => join(js, 'node_modules', '.bin', name)
const built = (name) => {
  const path = join(root, 'target', 'tools', 'bin', name)
  return existsSync(path) ? path : name
}

if (!process.argv.includes('--no-wasm')) buildWasm()
await buildModules()
buildDeclarations()
report()

function buildWasm() {
  rmSync(wasmDir, { recursive: true, force: true })
  const flags = ['--target', 'web', '--no-pack', '--mode', 'no-install', '--profile', 'wasm']
  // wasm-pack looks for its tools on the path; nothing is downloaded.
  const tools = [join(root, 'target', 'tools', 'bin'), join(js, 'node_modules', '.bin')]
  run(built('wasm-pack'), ['build', join(root, 'crates/wasm'), '--out-dir', wasmDir, ...flags], {
    CARGO_TARGET_DIR: join(root, 'target', 'wasm'),
    // wasm-bindgen reads from a custom section which features it may use; wasm-opt strips afterwards.
    CARGO_PROFILE_WASM_STRIP: 'debuginfo',
    PATH: [...tools, process.env.PATH].join(delimiter),
  })
  const bytes = readFileSync(join(wasmDir, 'farthing_wasm_bg.wasm'))
  writeFileSync(
    join(wasmDir, 'bytes.js'),
    `export const wasmBase64 =\n  '${bytes.toString('base64')}'\n`,
  )
  writeFileSync(join(wasmDir, 'bytes.d.ts'), 'export declare const wasmBase64: string\n')
}

async function buildModules() {
  rmSync(dist, { recursive: true, force: true })
  mkdirSync(dist)
  const common = { bundle: true, format: 'esm', target: 'es2022', logLevel: 'warning' }
  const entries = ['index', 'money', 'idempotency', 'webhooks', 'card', 'checkout']
  await esbuild.build({
    ...common,
    entryPoints: entries.map((name) => join(js, 'src', `${name}.ts`)),
    outdir: dist,
    splitting: true,
    chunkNames: 'shared-[hash]',
  })
  await esbuild.build({
    ...common,
    entryPoints: [join(js, 'src', 'index.ts')],
    outfile: join(dist, 'farthing.js'),
    minify: true,
  })
}

function buildDeclarations() {
  run(bin('tsc'), ['--project', js])
  // Nothing public mentions the glue, and what it mentions is not shipped.
  rmSync(join(dist, 'core.d.ts'), { force: true })
}

function report() {
  const whole = readFileSync(join(dist, 'farthing.js'))
  console.log(`dist/farthing.js: ${whole.length} bytes, ${gzipSync(whole).length} gzip`)
}

function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}
