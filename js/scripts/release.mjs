// Builds the package from nothing, writes dist/integrity.json and packs it. The same sources and tools
// give the same tarball, wherever they are: its SHA-256 is what is printed last.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const js = dirname(dirname(fileURLToPath(import.meta.url)))
const dist = join(js, 'dist')

/** What a page may load by itself, and so may want to be sure of. */
const LOADED_BY_PAGES = ['farthing.js', 'farthing-js.js', 'frame.js']

for (const folder of ['dist', 'wasm']) rmSync(join(js, folder), { recursive: true, force: true })
run(process.execPath, ['scripts/build.mjs'], 'inherit')

const integrity = Object.fromEntries(
  LOADED_BY_PAGES.map((name) => {
    const digest = createHash('sha384')
      .update(readFileSync(join(dist, name)))
      .digest('base64')
    return [name, `sha384-${digest}`]
  }),
)
writeFileSync(join(dist, 'integrity.json'), `${JSON.stringify(integrity, null, 2)}\n`)

const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts'], 'pipe'))
const tarball = readFileSync(join(js, filename))
console.log(`${filename}: ${tarball.length} bytes`)
console.log(`sha256 ${createHash('sha256').update(tarball).digest('hex')}`)

function run(command, args, stdout) {
  const {
    status,
    error,
    stdout: said,
  } = spawnSync(command, args, {
    cwd: js,
    encoding: 'utf8',
    stdio: ['ignore', stdout, 'inherit'],
  })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
  return said
}
