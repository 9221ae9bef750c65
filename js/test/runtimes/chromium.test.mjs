// The suite in Chromium: page, worker, and under the policies of the documents.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch } from '../support/browser.mjs'
import { expectsEarly, servePages } from './pages.mjs'
import { report } from './support.mjs'

const served = await servePages()
let browser

before(async () => {
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await served.close()
})

for (const name of served.names) {
  test(`Chromium, ${name}`, async (t) => {
    const page = await browser.newPage()
    t.after(() => page.close())
    const complaints = []
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(`${served.origin}/${name}`)
    await page.waitForFunction(() => globalThis.results !== undefined).catch(() => {})
    const found = await page.evaluate(() => globalThis.results)
    assert.deepEqual(complaints, [])
    await report(t, found)
    if (expectsEarly(name)) {
      assert.equal(await page.evaluate(() => globalThis.early), 'wasm_unavailable')
    }
  })
}
