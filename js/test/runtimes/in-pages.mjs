// The suite as tests, one for each page, in a browser that is driven like Chromium.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { expectsEarly, servePages } from './pages.mjs'
import { notRun, report } from './support.mjs'

/** `launch` answers a browser, or `undefined` where there is none. */
export async function testInPages(engine, launch, { canBeHad = true } = {}) {
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
    test(`${engine}, ${name}`, async (t) => {
      if (browser === undefined) return notRun(t, engine, { canBeHad })
      const page = await browser.newPage()
      t.after(() => page.close())
      const complaints = []
      const complain = (text) => {
        // An engine may say aloud that it refuses what the policy refuses. More it has no cause for.
        if (!/blocked WebAssembly/.test(text)) complaints.push(text)
      }
      page.on('pageerror', (error) => complain(String(error)))
      page.on('console', (message) => message.type() === 'error' && complain(message.text()))
      await page.goto(`${served.origin}/${name}`)
      await page.waitForFunction(() => globalThis.results !== undefined).catch(() => {})
      const { results, early } = await page.evaluate(() => ({
        results: globalThis.results,
        early: globalThis.early,
      }))
      assert.deepEqual(complaints, [])
      await report(t, results)
      assert.equal(early ?? undefined, expectsEarly(name) ? 'wasm_unavailable' : undefined)
    })
  }
}
