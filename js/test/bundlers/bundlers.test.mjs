// Each bundler's page pays in Chromium, under the policies of the documents, with and without
// WebAssembly.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { startBackend } from '../../../tests/js/backend.mjs'
import { documentedPolicies } from '../runtimes/pages.mjs'
import { notRun } from '../runtimes/support.mjs'
import { fillCard, launch } from '../support/browser.mjs'
import { BUILDERS } from './builders.mjs'
import { serveShop } from './shop.mjs'

const { withWasm, without } = documentedPolicies()
const areHere = existsSync(new URL('node_modules', import.meta.url))
let backend
let browser

before(async () => {
  if (!areHere) return
  backend = await startBackend()
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await backend?.stop()
})

for (const [bundler, build] of Object.entries(BUILDERS)) {
  test(`${bundler} builds a page that pays`, async (t) => {
    if (!areHere) return notRun(t, bundler)
    const folder = mkdtempSync(join(tmpdir(), 'farthing-bundler-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    await build(folder)
    for (const policy of [withWasm[0], without[0]]) {
      await t.test(policy.includes('wasm') ? 'with WebAssembly' : 'without WebAssembly', () =>
        pays({ folder, policy }),
      )
    }
  })
}

async function pays({ folder, policy }) {
  const shop = await serveShop({ folder, policy, backend })
  const page = await browser.newPage()
  const complaints = []
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  try {
    await page.goto(shop.url)
    await fillCard(page, { number: '4242424242424242' })
    await page.locator('#pay').click()
    await page.locator('#outcome', { hasText: /./ }).waitFor()
    assert.equal(await page.locator('#outcome').textContent(), 'succeeded: $71.87')
    assert.deepEqual(complaints, [])
  } finally {
    await page.close()
    await shop.close()
  }
}
