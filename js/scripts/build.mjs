// Builds dist/: the core to WebAssembly, the sources to modules and declarations, and everything at
// once to one file for pages without a bundler. `--no-wasm` keeps the core that was built before.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
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

if (!process.argv.includes('--no-wasm')) replace(wasmDir, buildWasm)
await replace(dist, async (folder) => {
  await buildModules(folder)
  buildDeclarations(folder)
})
report()

/** Builds a folder aside and puts it in place when it is whole: whoever reads the old one goes on. */
function replace(folder, build) {
  const part = `${folder}.${process.pid}.part`
  const old = `${folder}.${process.pid}.old.part`
  process.once('exit', () => {
    for (const each of [part, old]) rmSync(each, { recursive: true, force: true })
  })
  const swap = () => {
    if (existsSync(folder)) renameSync(folder, old)
    renameSync(part, folder)
  }
  mkdirSync(part, { recursive: true })
  const building = build(part)
  return building === undefined ? swap() : building.then(swap)
}

function buildWasm(folder) {
  const flags = ['--target', 'web', '--no-pack', '--mode', 'no-install', '--profile', 'wasm']
  // Size first, except for the one function where the time goes.
  const fast = ['--', '--config', 'profile.wasm.package.sha2.opt-level=3']
  // wasm-pack looks for its tools on the path; nothing is downloaded.
  const tools = [join(root, 'target', 'tools', 'bin'), join(js, 'node_modules', '.bin')]
  run(
    built('wasm-pack'),
    ['build', join(root, 'crates/wasm'), '--out-dir', folder, ...flags, ...fast],
    {
      CARGO_TARGET_DIR: join(root, 'target', 'wasm'),
      // wasm-bindgen reads from a custom section which features it may use; wasm-opt strips afterwards.
      CARGO_PROFILE_WASM_STRIP: 'debuginfo',
      PATH: [...tools, process.env.PATH].join(delimiter),
    },
  )
  const bytes = readFileSync(join(folder, 'farthing_wasm_bg.wasm'))
  writeFileSync(
    join(folder, 'bytes.js'),
    `export const wasmBase64 =\n  '${bytes.toString('base64')}'\n`,
  )
  writeFileSync(join(folder, 'bytes.d.ts'), 'export declare const wasmBase64: string\n')
}

async function buildModules(folder) {
  const common = { bundle: true, format: 'esm', target: 'es2022', logLevel: 'warning' }
  const entries = ['index', 'money', 'idempotency', 'webhooks', 'card', 'checkout']
  await esbuild.build({
    ...common,
    entryPoints: entries.map((name) => join(js, 'src', `${name}.ts`)),
    outdir: folder,
    splitting: true,
    chunkNames: 'shared-[hash]',
  })
  await esbuild.build({
    ...common,
    entryPoints: [join(js, 'src', 'index.ts')],
    outfile: join(folder, 'farthing.js'),
    minify: true,
  })
  // The code inside the card frame: whole, since a frame waits for every file that it needs.
  await esbuild.build({
    ...common,
    entryPoints: { frame: join(js, 'src', 'frame', 'index.ts') },
    outdir: folder,
    minify: true,
    legalComments: 'none',
  })
}

function buildDeclarations(folder) {
  run(bin('tsc'), ['--project', js, '--outDir', folder])
  // Nothing public mentions the glue, and what it mentions is not shipped.
  rmSync(join(folder, 'core.d.ts'), { force: true })
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
