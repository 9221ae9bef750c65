// The example's page as a buyer meets it: `examples/checkout` on one origin under the policy of its
// README, the real backend on another, and a shop that makes intents.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { startBackend } from '../../../tests/js/backend.mjs'
import { fillCard, frameOf, launch } from '../support/browser.mjs'

const root = new URL('../../../', import.meta.url)
const TYPES = { html: 'text/html', css: 'text/css', svg: 'image/svg+xml', js: 'text/javascript' }

let browser
let backend
let shop
let context
let page
let complaints

before(async () => {
  browser = await launch()
  backend = await startBackend()
  shop = await openShop()
})
after(async () => {
  await browser?.close()
  shop?.close()
  await backend?.stop()
})
beforeEach(async () => {
  complaints = []
  context = await browser.newContext({ locale: 'en-US' })
  page = await context.newPage()
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(`Uncaught ${error.message}`))
  await page.goto(shop.origin)
  await page.locator('#pay:enabled').waitFor()
  await page.locator('#card[aria-busy="false"]').waitFor()
})
afterEach(async () => {
  await context.close()
  const violations = complaints.filter((text) => /Content Security Policy|Uncaught/.test(text))
  assert.deepEqual(violations, [])
})

test('a card is paid, and again after a reload it is paid', async () => {
  await fillCard(page, { number: '4242424242424242' })
  await page.locator('#pay').click()
  await page.locator('#paid').waitFor()
  assert.match(await page.locator('#paid').innerText(), /pi_\w+/)
  await page.reload()
  await page.locator('#paid').waitFor()
})

test('Enter in the card pays', async () => {
  await fillCard(page, { number: '4242424242424242' })
  await frameOf(page).locator('#cvc').press('Enter')
  await page.locator('#paid').waitFor()
})

test('an incomplete card is said in the form; a declined one in the page, and another one pays', async () => {
  await page.locator('#pay').click()
  await frameOf(page).locator('#number-error', { hasText: 'Enter the card number' }).waitFor()
  await page.locator('#pay:enabled').waitFor()
  await fillCard(page, { number: '4000000000000341' })
  await page.locator('#pay').click()
  const status = page.locator('#status[data-kind=error]')
  await status.waitFor()
  assert.match(await status.textContent(), /declined.*Nothing was charged/)
  await fillCard(page, { number: '4242424242424242' })
  await page.locator('#pay').click()
  await page.locator('#paid').waitFor()
})

test('the bank asks in a dialog over the page: given up, then answered', async () => {
  await fillCard(page, { number: '4000002760003184' })
  await page.locator('#pay').click()
  await page.locator('dialog button').click()
  await page.locator('#status[data-kind=note]', { hasText: 'did not get its answer' }).waitFor()
  await page.locator('#pay').click()
  const bank = page.frameLocator('dialog iframe')
  await bank.getByRole('button', { name: 'Approve the payment' }).click()
  await page.locator('#paid').waitFor()
})

test('the form wears the colours of the shop', async () => {
  const border = frameOf(page)
    .locator('#number')
    .evaluate((input) => getComputedStyle(input).borderRadius)
  assert.equal(await border, '9px')
})

/** The example's files, and the two lines of a server that a shop needs for them. */
async function openShop() {
  const pay = backend.url
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://shop')
    const policy =
      `default-src 'self'; script-src 'self' 'wasm-unsafe-eval' ${pay}; connect-src 'self' ${pay}; ` +
      `frame-src ${pay}; style-src 'self'; base-uri 'none'`
    response.setHeader('Content-Security-Policy', policy)
    if (pathname === '/config.json') {
      const publishableKey = 'pk_test_farthing_dev'
      const config = { backend: pay, intents: '', publishableKey, sdk: null, redirect: false }
      return response.end(JSON.stringify(config))
    }
    if (pathname === '/checkout/intents') return response.end(await makeIntent(request))
    const name = pathname === '/' ? '/index.html' : pathname
    const content = await readFile(new URL(`examples/checkout${name}`, root)).catch(() => undefined)
    if (content === undefined) return response.writeHead(404).end()
    response.setHeader('Content-Type', TYPES[name.split('.').at(-1)] ?? 'application/json')
    return response.end(content)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => (server.close(), server.closeAllConnections())
  return { origin: `http://127.0.0.1:${server.address().port}`, close }
}

async function makeIntent(request) {
  let text = ''
  for await (const chunk of request) text += chunk
  const { items, cart_key: key } = JSON.parse(text)
  const prices = JSON.parse(await readFile(new URL('examples/checkout/prices.json', root), 'utf8'))
  const amount = items.reduce((sum, { id, quantity }) => sum + prices[id].amount * quantity, 0)
  const answer = await fetch(`${backend.url}/v1/payment_intents`, {
    method: 'POST',
    headers: { Authorization: 'Bearer sk_test_farthing_dev', 'Idempotency-Key': key },
    body: new URLSearchParams({ amount, currency: prices[items[0].id].currency }),
  })
  const { id, client_secret, currency } = await answer.json()
  return JSON.stringify({ id, client_secret, amount, currency })
}
