// The example page, the card frame and the package in a real browser, on two origins and under a
// strict content security policy.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { fillCard, frameOf, launch } from '../support/browser.mjs'
import { FAULTS, fakeBackend } from '../support/fake-backend.mjs'
import { startServers } from '../support/servers.mjs'

const GOOD = '4242424242424242'
const DECLINED = '4000000000000002'

let browser
let backend
let servers
let context
let page
let complaints

before(async () => {
  browser = await launch()
})
after(() => browser?.close())

beforeEach(async () => {
  backend = fakeBackend()
  servers = await startServers(backend)
  context = await browser.newContext()
  await context.addInitScript(recordWhatThePageHears)
  complaints = []
  page = await openPage()
})

afterEach(async () => {
  await context.close()
  await servers.close()
  const violations = complaints.filter((text) => /Content Security Policy|Uncaught/.test(text))
  assert.deepEqual(violations, [])
})

test('a card is paid, and no number reaches the page', async () => {
  await fillCard(page, { number: GOOD })
  await page.locator('#pay').click()
  await page.locator('#paid').waitFor()
  assert.equal(backend.charges.length, 1)
  assert.deepEqual(backend.confirmKeys(), [`${backend.creates()[0].params.cart_key}-1`])

  const heard = await page.evaluate(() => globalThis.heard)
  assert.ok(
    heard.some((text) => text.includes('tokenised')),
    'the recorder hears the frame',
  )
  for (const text of heard) assert.doesNotMatch(text, /\d{6}/, 'a run of digits reached the page')
  const content = await page.content()
  assert.doesNotMatch(content, /\d{6}|4242 4242/)
  const [tokenised, ...more] = backend.log.filter(({ params }) =>
    JSON.stringify(params).includes(GOOD),
  )
  assert.equal(tokenised.path, '/v1/payment_methods')
  assert.equal(tokenised.params['card[exp_year]'], '2034')
  assert.equal(more.length, 0)
})

test('however often it is pressed, it is one confirmation', async () => {
  await fillCard(page, { number: GOOD })
  await page.evaluate(() => {
    const form = document.getElementById('payment')
    for (let i = 0; i < 5; i += 1) form.requestSubmit()
  })
  await frameOf(page).locator('#cvc').press('Enter')
  await page.locator('#paid').waitFor()
  assert.equal(backend.confirms().length, 1)
  assert.equal(backend.creates().length, 1)
  assert.equal(backend.charges.length, 1)
})

for (const [name, fault, charged] of [
  ['charged, unanswered', FAULTS.hang, 1],
  ['not charged, unanswered', { isExecuted: false, isHung: true }, 0],
]) {
  test(`reload in the middle (${name}): the same key, and one charge`, async () => {
    backend.script = [fault]
    await fillCard(page, { number: GOOD })
    await page.locator('#pay').click()
    await until(() => backend.confirms().length === 1)
    assert.equal(backend.charges.length, charged)
    await page.reload()
    if (charged === 0) {
      await page.locator('#status', { hasText: 'was under way' }).waitFor()
      await page.locator('#pay').click()
    }
    await page.locator('#paid').waitFor()
    assert.equal(new Set(backend.confirmKeys()).size, 1)
    assert.equal(backend.confirms().length, 2 - charged)
    assert.equal(backend.charges.length, 1)
    await page.reload()
    await page.locator('#paid').waitFor()
    assert.equal(backend.charges.length, 1)
  })
}

test('two tabs pay one cart once', async () => {
  const other = await openPage()
  await fillCard(page, { number: GOOD })
  await fillCard(other, { number: GOOD })
  await Promise.all([page.locator('#pay').click(), other.locator('#pay').click()])
  await Promise.all([page.locator('#paid').waitFor(), other.locator('#paid').waitFor()])
  assert.equal(backend.charges.length, 1)
  assert.equal(new Set(backend.confirmKeys()).size, 1)
  assert.equal(backend.creates().length, 1)
})

test('a decline is told, and another card pays under the next key', async () => {
  await fillCard(page, { number: DECLINED })
  await page.locator('#pay').click()
  const status = page.locator('#status[data-kind=error]')
  await status.waitFor()
  assert.match(await status.textContent(), /declined.*Nothing was charged/)
  await fillCard(page, { number: GOOD })
  await page.locator('#pay').click()
  await page.locator('#paid').waitFor()
  const key = backend.creates()[0].params.cart_key
  assert.deepEqual(backend.confirmKeys(), [`${key}-1`, `${key}-2`])
})

test('the bank asks: there, back without an answer, there again, and back paid', async () => {
  await context.route('https://bank.test/**', (route) => route.fulfill({ body: 'The bank' }))
  await fillCard(page, { number: '4000002760003184' })
  await page.locator('#pay').click()
  await page.waitForURL('https://bank.test/3ds')
  await page.goto(servers.pageUrl)
  await page.locator('#status', { hasText: 'still wants' }).waitFor()
  await page.locator('#pay').click()
  await page.waitForURL('https://bank.test/3ds')
  assert.equal(backend.confirms().length, 1)
  assert.equal(backend.confirms()[0].params.return_url, servers.pageUrl)
  for (const intent of backend.intents.values()) intent.status = 'succeeded'
  await page.goto(servers.pageUrl)
  await page.locator('#paid').waitFor()
  assert.equal(backend.confirms().length, 1)
})

test('the frame groups, names the brand, and says what is wrong where it is wrong', async () => {
  const frame = frameOf(page)
  const number = frame.locator('#number')
  await number.pressSequentially('378282246310005')
  assert.equal(await number.inputValue(), '3782 822463 10005')
  assert.equal(await frame.locator('#brand').textContent(), 'AMEX')
  await frame.locator('#expiry').pressSequentially('4')
  assert.equal(await frame.locator('#expiry').inputValue(), '04 / ')
  await frame.locator('#expiry').press('Backspace')
  assert.equal(await frame.locator('#expiry').inputValue(), '04')

  await number.fill('4242424242424241')
  await page.locator('#pay').click()
  await frame.locator('#number-error', { hasText: 'check digit' }).waitFor()
  for (const name of ['number', 'expiry', 'cvc']) {
    const input = frame.locator(`#${name}`)
    assert.equal(await input.getAttribute('aria-invalid'), 'true', name)
    assert.equal(await input.getAttribute('aria-describedby'), `${name}-error`)
    assert.ok((await frame.locator(`#${name}-error`).textContent()).length > 5)
  }
  assert.equal(backend.log.filter(({ path }) => path === '/v1/payment_methods').length, 0)
  await number.fill(GOOD)
  assert.equal(await number.getAttribute('aria-invalid'), 'false')
})

test('what the service says of a card is shown in the frame', async () => {
  await fillCard(page, { number: '4000000000000069' })
  await page.locator('#pay').click()
  await frameOf(page).locator('#expiry-error', { hasText: 'expired' }).waitFor()
  await page.locator('#pay:enabled').waitFor()
  assert.equal(backend.confirms().length, 0)
})

test('the cursor stays where a digit is put in', async () => {
  const number = frameOf(page).locator('#number')
  await number.fill('42424242')
  await number.evaluate((input) => input.setSelectionRange(2, 2))
  await number.press('9')
  assert.equal(await number.inputValue(), '4294 2424 2')
  assert.equal(await number.evaluate((input) => input.selectionStart), 3)
})

test('the frame answers only the origin in its address', async () => {
  await page.goto(`${servers.shopOrigin}/blank`)
  const answers = await page.evaluate(async (paymentOrigin) => {
    const heardFrom = async (named) => {
      const iframe = document.createElement('iframe')
      iframe.src = `${paymentOrigin}/farthing/frame#parent=${encodeURIComponent(named)}`
      const ready = new Promise((resolve) => {
        addEventListener('message', ({ source, data }) => {
          if (source === iframe.contentWindow) resolve(data.farthing)
        })
      })
      document.body.append(iframe)
      await new Promise((resolve) => iframe.addEventListener('load', resolve))
      const first = await Promise.race([ready, after(1500)])
      const { port1, port2 } = new MessageChannel()
      const mounted = new Promise((resolve) => (port1.onmessage = () => resolve('mounted')))
      const hello = { farthing: 'connect', protocol: 1, publishableKey: 'pk_test_x' }
      iframe.contentWindow.postMessage(hello, paymentOrigin, [port2])
      return [first, await Promise.race([mounted, after(1500)])]
    }
    const after = (ms) => new Promise((resolve) => setTimeout(() => resolve('silence'), ms))
    return {
      own: await heardFrom(location.origin),
      foreign: await heardFrom('https://evil.test'),
    }
  }, servers.paymentOrigin)
  assert.deepEqual(answers.own, ['ready', 'mounted'])
  assert.deepEqual(answers.foreign, ['silence', 'silence'])
})

test('the page believes no other window that calls itself the frame', async () => {
  await page.goto(`${servers.shopOrigin}/blank`)
  const outcome = await page.evaluate(async (baseUrl) => {
    const { loadFarthing } = await import(`${baseUrl}/js/farthing.js`)
    const farthing = loadFarthing({ publishableKey: 'pk_test_x', baseUrl })
    const claims = setInterval(() => postMessage({ farthing: 'ready', protocol: 1 }, '*'), 5)
    const OriginalChannel = MessageChannel
    let channels = 0
    globalThis.MessageChannel = class extends OriginalChannel {
      constructor() {
        super()
        channels += 1
      }
    }
    const card = await farthing.mountCardFrame(document.body)
    clearInterval(claims)
    card.unmount()
    return { channels, error: await card.tokenise().catch(({ code }) => code) }
  }, servers.paymentOrigin)
  assert.deepEqual(outcome, { channels: 1, error: 'frame_gone' })
})

test('the journal is in IndexedDB, or else in localStorage, or else in memory', async () => {
  await page.goto(`${servers.shopOrigin}/blank`)
  const persistences = await page.evaluate(async (baseUrl) => {
    const { openJournal } = await import(`${baseUrl}/js/farthing.js`)
    const begin = { cartId: 'c', amount: 500n, currency: 'USD' }
    const found = []
    for (const missing of [undefined, 'indexedDB', 'localStorage']) {
      if (missing) Object.defineProperty(globalThis, missing, { value: undefined })
      const [one, two] = await Promise.all([openJournal({ name: 'n' }), openJournal({ name: 'n' })])
      const [a, b] = await Promise.all([one.begin(begin), two.begin(begin)])
      const refused = await one
        .sending(a, { paymentMethodId: 'pm_x' })
        .then(() => one.begin({ ...begin, amount: 501n }).catch(({ code }) => code))
      found.push([one.persistence, a.createKey === b.createKey, refused])
    }
    return found
  }, servers.paymentOrigin)
  assert.deepEqual(persistences, [
    ['indexeddb', true, 'payment_in_progress'],
    ['localstorage', true, 'payment_in_progress'],
    ['memory', false, 'payment_in_progress'],
  ])
})

async function openPage() {
  const opened = await context.newPage()
  opened.on('console', (message) => complaints.push(message.text()))
  opened.on('pageerror', (error) => complaints.push(`Uncaught ${error.message}`))
  await opened.goto(servers.pageUrl)
  await opened.locator('#pay:enabled').waitFor()
  return opened
}

async function until(isSo) {
  for (let waited = 0; !isSo(); waited += 20) {
    assert.ok(waited < 10_000, 'it did not happen')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Keeps a copy of every message that any window or port of the page is given. */
function recordWhatThePageHears() {
  globalThis.heard = []
  const keep = ({ data }) => globalThis.heard.push(JSON.stringify(data) ?? '')
  addEventListener('message', keep)
  const onmessage = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage')
  Object.defineProperty(MessagePort.prototype, 'onmessage', {
    ...onmessage,
    set(listener) {
      this.addEventListener('message', keep)
      onmessage.set.call(this, listener)
    },
  })
}
