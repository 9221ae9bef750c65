// Two checkouts in two folders give the same tarball, byte for byte. It compiles everything twice, so
// it runs where everything is run (CI=true), and elsewhere when FARTHING_RELEASE is set.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { run } from './packed.mjs'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const LEFT_OUT = /(^|\/)(\.git|target|node_modules|dist|wasm)$/
const isWanted = process.env.CI === 'true' || process.env.FARTHING_RELEASE !== undefined

test(
  'two checkouts give the same tarball',
  { skip: !isWanted && 'FARTHING_RELEASE' },
  async (t) => {
    const parent = mkdtempSync(join(tmpdir(), 'farthing-release-'))
    t.after(() => rmSync(parent, { recursive: true, force: true }))
    const folders = [join(parent, 'a'), join(parent, 'another', 'and', 'deeper')]
    for (const folder of folders) checkOut(folder)
    const [first, second] = await Promise.all(folders.map(release))
    assert.match(first.sha256, /^[\da-f]{64}$/)
    assert.deepEqual(second, first)
    assert.deepEqual(Object.keys(first.integrity), ['farthing.js', 'farthing-js.js', 'frame.js'])
  },
)

/** What is committed; of a tree without a history, what is there. */
function checkOut(folder) {
  if (existsSync(join(root, '.git'))) {
    run('git', ['clone', '--quiet', '--no-hardlinks', root, folder])
    return
  }
  mkdirSync(folder, { recursive: true })
  cpSync(root, folder, { recursive: true, filter: (path) => !LEFT_OUT.test(path) || path === root })
}

async function release(folder) {
  const cwd = join(folder, 'js')
  await told('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund'], cwd)
  const said = await told(process.execPath, ['scripts/release.mjs'], cwd)
  return {
    sha256: /^sha256 (\w+)$/m.exec(said)?.[1],
    integrity: JSON.parse(readFileSync(join(cwd, 'dist', 'integrity.json'), 'utf8')),
  }
}

/** Runs a program beside others; answers what it said. */
async function told(command, args, cwd) {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let errors = ''
  child.stdout.on('data', (text) => (out += text))
  child.stderr.on('data', (text) => (errors += text))
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`${command} ${args[0]} ended with ${code}\n${out}${errors}`)
  return out
}
