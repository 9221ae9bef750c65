// The server-rendered React example: built, started and paid at, as its README says.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startBackend } from '../../../tests/js/backend.mjs'
import { notRun } from '../runtimes/support.mjs'
import { fillCard, launch } from '../support/browser.mjs'
import { run } from '../package/packed.mjs'

const cwd = fileURLToPath(new URL('../../../examples/react-ssr', import.meta.url))
const isHere = existsSync(`${cwd}/node_modules`)
let backend
let browser
let shop

before(async () => {
  if (!isHere) return
  run('npm', ['run', '--silent', 'build'], { cwd })
  backend = await startBackend()
  shop = await startShop(backend.url)
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await shop?.stop()
  await backend?.stop()
})

test('the declarations fit JSX', (t) => {
  if (!isHere) return notRun(t, 'React')
  run('npm', ['run', '--silent', 'check'], { cwd })
})

test('the server renders the element, and the page that takes over pays', async (t) => {
  if (!isHere) return notRun(t, 'React')
  const html = await (await fetch(shop.url)).text()
  assert.match(html, /<farthing-card[^>]*><\/farthing-card>/)
  assert.match(html, /\$71\.87/)

  const page = await browser.newPage()
  const complaints = []
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.goto(shop.url)
  assert.ok(await page.locator('#pay').isDisabled(), 'nothing to pay with yet')
  await fillCard(page, { number: '4242424242424242' })
  await page.locator('#pay').click()
  await page.locator('#outcome', { hasText: /./ }).waitFor()
  assert.equal(await page.locator('#outcome').textContent(), 'succeeded')
  assert.deepEqual(complaints, [])
})

test('a reload after an answer that was lost finds the payment; the next order is another', async (t) => {
  if (!isHere) return notRun(t, 'React')
  const before = await intents()
  const page = await (await browser.newContext()).newPage()
  await page.goto(shop.url)
  await page.route('**/confirm', async (route) => {
    if (route.request().method() === 'POST') await route.fetch()
    await route.abort()
  })
  await payWith(page, '4242424242424242')
  await page.locator('#outcome', { hasText: 'could not find out' }).waitFor({ timeout: 20_000 })
  await page.unroute('**/confirm')
  await page.reload()
  await page.locator('#outcome', { hasText: 'succeeded' }).waitFor()
  assert.ok(await page.locator('#pay').isDisabled(), 'it is paid')
  assert.equal((await intents()) - before, 1)
  await page.locator('#again').click()
  await page.locator('#outcome', { hasText: /^$/ }).waitFor({ state: 'attached' })
  await payWith(page, '4242424242424242')
  await page.locator('#outcome', { hasText: 'succeeded' }).waitFor()
  assert.equal((await intents()) - before, 2)
  await page.context().close()
})

async function payWith(page, number) {
  await fillCard(page, { number })
  await page.locator('#pay').click()
}

async function intents() {
  const headers = { Authorization: 'Bearer sk_test_farthing_dev' }
  const answer = await fetch(`${backend.url}/v1/payment_intents?limit=100`, { headers })
  return (await answer.json()).data.length
}

async function startShop(backendUrl) {
  const child = spawn(process.execPath, ['dist/server.js'], {
    cwd,
    env: { ...process.env, FARTHING_URL: backendUrl, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const url = await new Promise((resolve, reject) => {
    ended.then((code) => reject(new Error(`the shop ended with ${code}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      const told = /http:\/\/127\.0\.0\.1:\d+/.exec(line)
      if (told !== null) resolve(told[0])
    })
  })
  return { url, stop: () => (child.kill(), ended) }
}
