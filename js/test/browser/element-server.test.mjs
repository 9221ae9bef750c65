// `<farthing-card>` and the server as it runs for a merchant, without `--dev`: only origins that were
// registered with a publishable key get its form, and only the form may send a card number.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freshFolder } from '../../../tests/js/backend.mjs'
import { fillCard, launch } from '../support/browser.mjs'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const binary = process.env.FARTHING_BIN ?? join(root, 'target', 'debug', 'farthing')
const GOOD = '4242424242424242'

let browser
let server
let shop
let context
let page

before(async () => {
  shop = await serveShop()
  server = await startServer()
  browser = await launch()
})
after(async () => {
  await browser?.close()
  shop?.close()
  await server?.stop()
})
beforeEach(async () => {
  context = await browser.newContext({ locale: 'en-US' })
  page = await context.newPage()
})
afterEach(() => context.close())

test('no origin is registered: no form, and the page hears of it', async () => {
  await register([])
  assert.equal(await connected(), 'frame_unreachable')
})

test('another origin is registered: no form', async () => {
  await register(['https://shop.example'])
  assert.equal(await connected(), 'frame_unreachable')
})

test('a key that is not there: no form', async () => {
  assert.equal(await connected('pk_test_nobodyknowsthisone'), 'frame_unreachable')
})

test('the origin is registered: the form, and a payment method made in it', async () => {
  await register(['https://shop.example', shop.origin])
  assert.equal(await connected(), 'connected')
  await fillCard(page, { number: GOOD })
  const made = await page.evaluate(() =>
    document.querySelector('farthing-card').createPaymentMethod(),
  )
  assert.deepEqual([made.brand, made.last4], ['visa', '4242'])
})

test('the origin is registered, and still a page that has a card number cannot send it', async () => {
  await register([shop.origin])
  await page.goto(shop.origin)
  const status = await page.evaluate(
    async ([url, key, number]) => {
      const card = { type: 'card', 'card[number]': number, 'card[exp_month]': '12' }
      const body = new URLSearchParams({ ...card, 'card[exp_year]': '2034', 'card[cvc]': '123' })
      const headers = { Authorization: `Bearer ${key}` }
      const { status } = await fetch(`${url}/v1/payment_methods`, { method: 'POST', headers, body })
      return status
    },
    [server.url, server.keys.publishable, GOOD],
  )
  assert.equal(status, 403)
})

/** Loads the package from the server, and answers what becomes of the element. */
async function connected(key = server.keys.publishable) {
  await page.goto(shop.origin)
  return page.evaluate(
    async ([url, publishableKey]) => {
      const { loadFarthing } = await import(`${url}/js/farthing.js`)
      const card = document.querySelector('farthing-card')
      const outcome = new Promise((resolve) => {
        card.addEventListener('ready', () => resolve('connected'))
        card.addEventListener('error', ({ detail }) => resolve(detail.code))
      })
      await loadFarthing(publishableKey, { apiBase: url })
      return outcome
    },
    [server.url, key],
  )
}

/** Registers origins with the publishable key, as an operator does. */
async function register(origins) {
  const body = new URLSearchParams(origins.map((origin) => ['origins[]', origin]))
  if (origins.length === 0) body.set('origins', '')
  const { publishable, operator } = server.keys
  const response = await fetch(`${server.url}/v1/farthing/keys/${publishable}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${operator}` },
    body,
  })
  assert.equal(response.status, 200, await response.text())
}

async function startServer() {
  const folder = freshFolder('element')
  const data = join(folder, 'data')
  const said = execFileSync(binary, ['init', '--data', data], { encoding: 'utf8' })
  const keyOf = (name) => new RegExp(`${name}\\s+(\\w+)`).exec(said)?.[1]
  const child = spawn(binary, ['serve', '--listen', '127.0.0.1:0', '--data', data], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const url = await new Promise((resolve, reject) => {
    exited.then((code) => reject(new Error(`the server ended with ${code}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      const ready = /http:\/\/127\.0\.0\.1:\d+/.exec(line)
      if (ready !== null) resolve(ready[0])
    })
  })
  return {
    url,
    keys: { publishable: keyOf('publishable key, test mode'), operator: keyOf('operator key') },
    stop: async () => {
      child.kill('SIGTERM')
      await exited
    },
  }
}

async function serveShop() {
  const html = '<!doctype html><title>Shop</title><farthing-card></farthing-card>'
  const icon = await readFile(join(root, 'examples/checkout/icon.svg'))
  const listener = createServer((request, response) => {
    const isPage = request.url === '/'
    response.setHeader('Content-Type', isPage ? 'text/html' : 'image/svg+xml')
    response.end(isPage ? html : icon)
  })
  await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const close = () => (listener.close(), listener.closeAllConnections())
  return { origin: `http://127.0.0.1:${listener.address().port}`, close }
}
