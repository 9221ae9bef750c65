// Every piece of code in the documents is run as it is printed there; only the backend's address and
// the shop's port are those of the test.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startBackend } from '../../../tests/js/backend.mjs'
import { fillCard, launch } from '../support/browser.mjs'
import { blocksOf, checked, documents } from './documents.mjs'

const TUTORIAL = ['server.mjs', 'index.html', 'shop.js']
const sdk = fileURLToPath(new URL('../../', import.meta.url))
const blocks = documents().flatMap(blocksOf)
const modules = blocks.filter(({ file }) => file?.endsWith('.mjs') && !TUTORIAL.includes(file))
let backend
let folder
let port

before(async () => {
  backend = await startBackend({})
  port = await freePort()
  folder = mkdtempSync(join(tmpdir(), 'farthing-docs-'))
  mkdirSync(join(folder, 'node_modules', '@farthing'), { recursive: true })
  symlinkSync(sdk, join(folder, 'node_modules', '@farthing', 'sdk'))
})

after(async () => {
  await backend?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** As printed, with this test's addresses. */
const placed = (code) =>
  code.replaceAll('http://127.0.0.1:4242', backend.url).replaceAll('8080', String(port))

test('every JavaScript block has a name, so that it is run', () => {
  const nameless = blocks.filter(({ language, file }) => /^[jt]s$/.test(language) && !file)
  assert.deepEqual(nameless, [])
  assert.ok(modules.length >= 3)
})

for (const { document, file, code } of modules) {
  test(`${document}: ${file}`, () => {
    writeFileSync(join(folder, file), checked(placed(code)))
    const { status, stderr } = spawnSync(process.execPath, [file], {
      cwd: folder,
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
  })
}

test('the five minutes of the README take a payment', async (t) => {
  for (const name of TUTORIAL) {
    const { code } = blocks.find(({ document, file }) => document === 'README.md' && file === name)
    writeFileSync(join(folder, name), placed(code))
  }
  const shop = spawn(process.execPath, ['server.mjs'], { cwd: folder, stdio: 'pipe' })
  t.after(() => shop.kill())
  await new Promise((resolve) => shop.stdout.once('data', resolve))

  const browser = await launch()
  t.after(() => browser.close())
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${port}/`)
  await pay(page, '4000000000000002')
  await said(page, /declined/i)
  await pay(page, '4242424242424242')
  await said(page, /Thank you/)
  assert.equal(await page.locator('button').isDisabled(), true, 'paid is paid')
  // The next order is another cart, and a card of its own.
  await page.reload()
  await pay(page, '4000000000000002')
  await said(page, /declined/i)
})

async function pay(page, number) {
  await fillCard(page, { number })
  await page.locator('button').click()
}

function said(page, pattern) {
  return page.locator('#outcome').filter({ hasText: pattern }).waitFor({ timeout: 20_000 })
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port: found } = probe.address()
      probe.close(() => resolve(found))
    })
  })
}
