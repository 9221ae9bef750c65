// Builds dist/: the core to WebAssembly, the sources to modules and declarations, and everything at
// once to one file for pages without a bundler. `--no-wasm` keeps the core that was built before.
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import * as esbuild from 'esbuild'
import { prune } from './declarations.mjs'
import { buildWasm } from './wasm.mjs'

const js = dirname(dirname(fileURLToPath(import.meta.url)))
const root = dirname(js)
const wasmDir = join(js, 'wasm')
const dist = join(js, 'dist')
const bin = (name) => join(js, 'node_modules', '.bin', name)
/** What is built for servers too: the checkout as well, which is imported where pages are rendered. */
const SERVER_ENTRIES = ['index', 'money', 'idempotency', 'webhooks', 'client', 'checkout']
const COMMON = {
  absWorkingDir: js,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  logLevel: 'warning',
}

if (!process.argv.includes('--no-wasm')) replace(wasmDir, (folder) => buildWasm({ root, folder }))
await replace(dist, async (folder) => {
  await Promise.all([buildModules(folder), buildWorkerd(folder), buildPages(folder)])
  for (const each of [folder, join(folder, 'workerd')]) dropBareImports(each)
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

/** Bundlers read this: modules that share what they can, so that two entries load the core once. */
async function buildModules(folder) {
  await esbuild.build({
    ...COMMON,
    entryPoints: entries([...SERVER_ENTRIES, 'js']),
    outdir: folder,
    splitting: true,
    chunkNames: 'shared-[hash]',
  })
}

/**
 * Takes out the imports of chunks for their effects alone, which keep an order among effects: no chunk
 * has any, and whoever bundles the package would be warned of each.
 */
function dropBareImports(folder) {
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.js'))) {
    const file = join(folder, name)
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^import "\.\/shared-\w+\.js";\n/gm, ''))
  }
}

/** workerd refuses to compile bytes: there the artefacts are imported as what they are. */
async function buildWorkerd(folder) {
  await esbuild.build({
    ...COMMON,
    entryPoints: entries(SERVER_ENTRIES),
    outdir: join(folder, 'workerd'),
    splitting: true,
    chunkNames: 'shared-[hash]',
    plugins: [
      redirect(/\/wasm\/(core|verify|diagnose)\.bytes\.js$/, ([, name]) => ({
        path: `./${name}.wasm`,
        external: true,
      })),
      // WebAssembly is never refused there.
      redirect(/\/wasm\/(core|verify|diagnose)\.twin\.js$/, () => ({
        path: join(js, 'src/wasm/no-twin.ts'),
      })),
    ],
  })
  for (const name of ['core', 'verify', 'diagnose']) {
    copyFileSync(join(wasmDir, `${name}.wasm`), join(folder, 'workerd', `${name}.wasm`))
  }
}

/** A page without a bundler reads these. */
async function buildPages(folder) {
  const page = { ...COMMON, outdir: folder, minify: true, legalComments: 'none' }
  const twinAt = (path) => [redirect(/\/wasm\/core\.twin\.js$/, () => ({ path, external: true }))]
  await Promise.all([
    esbuild.build({
      ...page,
      entryPoints: { farthing: join(js, 'src', 'page.ts') },
      plugins: twinAt('./farthing-js.js'),
    }),
    esbuild.build({ ...page, entryPoints: { 'farthing-js': join(wasmDir, 'core.twin.js') } }),
    // The code inside the card frame: whole, since a frame waits for every file that it needs.
    esbuild.build({
      ...page,
      entryPoints: { frame: join(js, 'src', 'frame', 'index.ts') },
      plugins: twinAt('../js/farthing-js.js'),
    }),
  ])
}

/** A name's source is a file, or a folder with an index. */
function entries(names) {
  const source = (name) => {
    const file = join(js, 'src', `${name}.ts`)
    return existsSync(file) ? file : join(js, 'src', name, 'index.ts')
  }
  return Object.fromEntries(names.map((name) => [name, source(name)]))
}

/** Sends an import elsewhere. */
function redirect(filter, to) {
  return {
    name: `redirect ${filter}`,
    setup: ({ onResolve }) => onResolve({ filter }, ({ path }) => to(filter.exec(path))),
  }
}

function buildDeclarations(folder) {
  run(bin('tsc'), ['--project', js, '--outDir', folder])
  const { exports } = JSON.parse(readFileSync(join(js, 'package.json'), 'utf8'))
  const types = Object.values(exports).flatMap((entry) => entry.types ?? [])
  prune(
    folder,
    types.map((path) => path.replace('./dist/', '')),
  )
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
