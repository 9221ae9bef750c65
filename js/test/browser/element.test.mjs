// `<farthing-card>` in a real browser, on two origins, under the content security policy of the docs.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { fillCard, frameOf, launch } from '../support/browser.mjs'
import { openHouse } from '../support/card-page.mjs'

const GOOD = '4242424242424242'

let browser
let house
let context
let page
let complaints

before(async () => {
  browser = await launch()
  house = await openHouse()
})
after(async () => {
  await browser?.close()
  await house?.close()
})

beforeEach(async () => {
  complaints = []
  context = await browser.newContext({ locale: 'en-US' })
  page = await context.newPage()
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(`Uncaught ${error.message}`))
})
afterEach(async () => {
  await context.close()
  const violations = complaints.filter((text) => /Content Security Policy|Uncaught/.test(text))
  assert.deepEqual(violations, [])
})

test('a card is typed and becomes a payment method', async () => {
  await open()
  await fillCard(page, { number: GOOD })
  const made = await create()
  assert.match(made.paymentMethodId, /^pm_\w+$/)
  assert.deepEqual([made.brand, made.last4], ['visa', '4242'])
})

test('every brand is told, and its number grouped, as it is typed', async () => {
  await open()
  for (const [number, shown, brand, chip] of [
    ['4242424242424242', '4242 4242 4242 4242', 'visa', 'Visa'],
    ['5555555555554444', '5555 5555 5555 4444', 'mastercard', 'Mastercard'],
    ['378282246310005', '3782 822463 10005', 'amex', 'Amex'],
    ['6011111111111117', '6011 1111 1111 1117', 'discover', 'Discover'],
    ['36227206271667', '3622 720627 1667', 'diners', 'Diners'],
    ['3566002020360505', '3566 0020 2036 0505', 'jcb', 'JCB'],
    ['6200000000000005', '6200 0000 0000 0005', 'unionpay', 'UnionPay'],
    ['９４２４', '9424', 'unknown', ''],
  ]) {
    const input = frameOf(page).locator('#number')
    await input.fill('')
    await input.pressSequentially(number)
    assert.equal(await input.inputValue(), shown)
    assert.equal(await frameOf(page).locator('#brand').textContent(), chip)
    await until(async () => (await state()).brand === brand)
  }
})

test('the expiry is read as it is typed, and its separator can be deleted', async () => {
  await open()
  const expiry = frameOf(page).locator('#expiry')
  const becomes = (text) => until(async () => (await expiry.inputValue()) === text)
  await expiry.pressSequentially('4')
  await becomes('04 / ')
  await expiry.press('Backspace')
  await becomes('04')
  await expiry.pressSequentially('/2034')
  await becomes('04 / 34')
})

test('a code may be typed before the number, and is as long as the brand says', async () => {
  await open()
  const cvc = frameOf(page).locator('#cvc')
  const becomes = (text) => until(async () => (await cvc.inputValue()) === text)
  await cvc.pressSequentially('12a345')
  await becomes('1234')
  await frameOf(page).locator('#number').fill('378282246310005')
  await frameOf(page).locator('#expiry').pressSequentially('1234')
  assert.equal((await create()).brand, 'amex')
  await frameOf(page).locator('#number').fill(GOOD)
  assert.equal(await create(), 'card_incomplete')
  assert.equal((await state()).errorCode, 'invalid_cvc')
  await cvc.fill('1234')
  await becomes('123')
  assert.equal((await create()).brand, 'visa')
})

test('the cursor stays where a digit is put in', async () => {
  await open()
  const number = frameOf(page).locator('#number')
  await number.fill('42424242')
  await number.evaluate((input) => input.setSelectionRange(2, 2))
  await number.press('9')
  assert.equal(await number.inputValue(), '4294 2424 2')
  assert.equal(await number.evaluate((input) => input.selectionStart), 3)
})

test('the page hears what it may: change, focus, blur, ready, submit', async () => {
  await open()
  await record()
  const frame = frameOf(page)
  await frame.locator('#number').click()
  await page.keyboard.type(GOOD)
  await page.keyboard.press('Tab')
  await page.keyboard.type('1234')
  await page.keyboard.press('Tab')
  await page.keyboard.type('123')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await until(async () => (await recorded()).at(-1)?.[0] === 'blur')
  const events = await recorded()
  const kinds = events.map(([type]) => type).filter((type, i, all) => type !== all[i - 1])
  assert.deepEqual(kinds, ['focus', 'change', 'submit', 'blur'])
  const fine = { errorCode: undefined }
  const states = events.filter(([type]) => type === 'change').map(([, detail]) => detail)
  assert.deepEqual(states[0], { isComplete: false, isEmpty: false, brand: 'visa', ...fine })
  assert.deepEqual(states.at(-1), { isComplete: true, isEmpty: false, brand: 'visa', ...fine })
  assert.deepEqual(await state(), states.at(-1))
})

test('an incomplete card is complained of where it is incomplete, and by code to the page', async () => {
  await open()
  const frame = frameOf(page)
  assert.equal(await create(), 'card_incomplete')
  for (const name of ['number', 'expiry', 'cvc']) {
    const input = frame.locator(`#${name}`)
    assert.equal(await input.getAttribute('aria-invalid'), 'true', name)
    assert.equal(await input.getAttribute('aria-describedby'), `${name}-error`)
    assert.ok((await frame.locator(`#${name}-error`).textContent()).length > 5)
  }
  assert.equal((await state()).errorCode, 'incomplete_number')
  assert.equal(await frame.locator(':focus').getAttribute('id'), 'number')
  await fillCard(page, { number: '4242424242424241' })
  assert.equal(await create(), 'card_incomplete')
  assert.match(await frame.locator('#number-error').textContent(), /mistyped/)
  assert.equal((await state()).errorCode, 'incorrect_number')
  await frame.locator('#number').fill(GOOD)
  assert.equal(await frame.locator('#number').getAttribute('aria-invalid'), 'false')
  assert.equal((await state()).errorCode, undefined)
  const asked = house.log.filter((line) => line.includes('payment_methods'))
  house.log.length = 0
  assert.match((await create()).paymentMethodId, /^pm_/)
  assert.equal(house.log.filter((line) => line.includes('payment_methods')).length, 1)
  assert.ok(asked.every((line) => line.startsWith('POST')))
})

test('what the backend says of a card is shown at the field it is about', async () => {
  await open()
  for (const [error, code, field] of [
    [{ type: 'card_error', code: 'expired_card', param: 'exp_month' }, 'expired_card', 'expiry'],
    [{ type: 'card_error', code: 'incorrect_cvc', param: 'cvc' }, 'incorrect_cvc', 'cvc'],
    [
      { type: 'card_error', code: 'incorrect_number', param: 'number' },
      'incorrect_number',
      'number',
    ],
    [
      { type: 'invalid_request_error', param: 'card[exp_year]', code: 'invalid_expiry_year' },
      'invalid_expiry_year',
      'expiry',
    ],
    [{ type: 'card_error', code: 'card_declined' }, 'card_declined', 'form'],
    [{ type: 'card_error', code: 'never_heard_of' }, 'never_heard_of', 'form'],
  ]) {
    const body = JSON.stringify({ error: { ...error, message: 'SERVER TEXT' } })
    await page.route('**/v1/payment_methods', (route) => route.fulfill({ status: 402, body }))
    await fillCard(page, { number: GOOD })
    assert.equal(await create(), 'card_refused')
    const shown = await frameOf(page).locator(`#${field}-error`).textContent()
    assert.ok(shown.length > 5 && !shown.includes('SERVER'), `${code}: ${shown}`)
    assert.equal((await state()).errorCode, code)
    await page.unroute('**/v1/payment_methods')
  }
})

test('a refused key and a silent backend are told apart', async () => {
  await open()
  await fillCard(page, { number: GOOD })
  await page.route('**/v1/payment_methods', (route) =>
    route.fulfill({ status: 403, body: '{"error":{"type":"invalid_request_error"}}' }),
  )
  assert.equal(await create(), 'request_refused')
  for (const status of [408, 425, 429, 503]) {
    await page.unroute('**/v1/payment_methods')
    await page.route('**/v1/payment_methods', (route) => route.fulfill({ status, body: '{}' }))
    assert.equal(await create(), 'network_unreachable', `${status}`)
  }
  await page.unroute('**/v1/payment_methods')
  await page.route('**/v1/payment_methods', (route) => route.abort())
  assert.equal(await create(), 'network_unreachable')
  assert.match(await frameOf(page).locator('#form-error').textContent(), /did not answer/)
  await page.unroute('**/v1/payment_methods')
  assert.equal((await create()).last4, '4242')
  assert.equal(await frameOf(page).locator('#form-error').textContent(), '')
})

test('asked twice at once, it is one payment method', async () => {
  await open()
  await fillCard(page, { number: GOOD })
  house.log.length = 0
  const ids = await page.evaluate(async () => {
    const card = document.querySelector('farthing-card')
    const both = await Promise.all([card.createPaymentMethod(), card.createPaymentMethod()])
    return both.map(({ paymentMethodId }) => paymentMethodId)
  })
  assert.equal(ids[0], ids[1])
  assert.equal(house.log.filter((line) => line.includes('payment_methods')).length, 1)
})

test('Enter submits the form around it, through its button, unless prevented or disabled', async () => {
  const body = `<form id="form"><farthing-card></farthing-card><button id="pay">Pay</button></form>`
  await open(body)
  await page.evaluate(() => {
    globalThis.submitted = 0
    document.querySelector('form').addEventListener('submit', (event) => {
      event.preventDefault()
      globalThis.submitted += event instanceof SubmitEvent ? 1 : 100
    })
  })
  const enter = async () => {
    await record()
    await frameOf(page).locator('#cvc').press('Enter')
    await until(async () => (await recorded()).some(([type]) => type === 'submit'))
    return page.evaluate(() => globalThis.submitted)
  }
  assert.equal(await enter(), 1)
  await page.evaluate(() => (document.querySelector('#pay').disabled = true))
  assert.equal(await enter(), 1)
  await page.evaluate(() => {
    document.querySelector('#pay').disabled = false
    document.querySelector('farthing-card').addEventListener('submit', (e) => e.preventDefault())
  })
  assert.equal(await enter(), 1)
})

test('disabled by its attribute, its property or its fieldset', async () => {
  await open(`<form><fieldset><farthing-card disabled></farthing-card></fieldset></form>`)
  const number = frameOf(page).locator('#number')
  const becomes = (isDisabled) => until(async () => (await number.isDisabled()) === isDisabled)
  await becomes(true)
  await page.evaluate(() => (document.querySelector('farthing-card').disabled = false))
  await becomes(false)
  await page.evaluate(() => (document.querySelector('fieldset').disabled = true))
  await becomes(true)
  await page.evaluate(() => (document.querySelector('fieldset').disabled = false))
  await becomes(false)
})

test('focus() puts the cursor where it is needed', async () => {
  await open()
  await page.evaluate(() => document.querySelector('farthing-card').focus())
  await frameOf(page).locator('#number:focus').waitFor()
  await fillCard(page, { number: GOOD, cvc: '' })
  await frameOf(page).locator('#number').focus()
  await page.evaluate(() => document.querySelector('farthing-card').focus())
  await frameOf(page).locator('#cvc:focus').waitFor()
})

test('in the page before it is connected, and made after', async () => {
  await page.goto(house.page(undefined, { idle: '' }))
  await page.evaluate(async () => {
    const { registerCardElement } = await import('/element.js')
    registerCardElement()
  })
  assert.equal(await create(), 'frame_missing')
  await connect()
  await mounted()
  await page.evaluate(() => {
    document.querySelector('farthing-card').remove()
    document.querySelector('main').append(document.createElement('farthing-card'))
  })
  await mounted()
  await fillCard(page, { number: GOOD })
  assert.equal((await create()).last4, '4242')
})

test('connected by hand, or by its attributes', async () => {
  const attributes = `api-base="${house.payOrigin}" publishable-key="${house.key}"`
  await page.goto(house.page(`<farthing-card ${attributes}></farthing-card>`, { idle: '' }))
  await page.evaluate(async () => (await import('/element.js')).registerCardElement())
  await mounted()
  const outcome = await page.evaluate(
    async ({ apiBase, publishableKey }) => {
      const card = document.createElement('farthing-card')
      const waiting = card.connect({ apiBase, publishableKey })
      document.querySelector('farthing-card').replaceWith(card)
      await waiting
      const bad = []
      for (const to of [
        { apiBase: 'javascript:alert(1)', publishableKey },
        { apiBase, publishableKey: 'sk_test_secret' },
        { apiBase, publishableKey: 'pk_&key=other' },
      ]) {
        bad.push(await card.connect(to).catch(({ code }) => code))
      }
      return bad
    },
    { apiBase: `${house.payOrigin}/`, publishableKey: house.key },
  )
  assert.deepEqual(outcome, ['bad_option', 'bad_option', 'bad_option'])
  await mounted()
})

test('taken out, what was typed is gone, and whoever waits is told', async () => {
  await open()
  await fillCard(page, { number: GOOD })
  await page.route('**/v1/payment_methods', () => {})
  const outcome = await page.evaluate(async () => {
    const card = document.querySelector('farthing-card')
    const made = card.createPaymentMethod().catch(({ code }) => code)
    await new Promise((resolve) => setTimeout(resolve, 100))
    card.remove()
    const first = await made
    const second = await card.createPaymentMethod().catch(({ code }) => code)
    const { isEmpty } = card.state
    document.querySelector('main').append(card)
    return [first, second, isEmpty, card.shadowRoot.querySelectorAll('iframe').length]
  })
  assert.deepEqual(outcome, ['frame_gone', 'frame_missing', true, 1])
  await mounted()
  assert.equal(await frameOf(page).locator('#number').inputValue(), '')
})

test('moved, it works on; moved by moveBefore, it keeps what is typed', async () => {
  await open(`<div id="a"><farthing-card></farthing-card></div><div id="b"></div>`)
  await fillCard(page, { number: GOOD })
  const isKept = await page.evaluate(() => {
    const card = document.querySelector('farthing-card')
    const there = document.querySelector('#b')
    if (!('moveBefore' in there)) return false
    there.moveBefore(card, null)
    return true
  })
  // Firefox loads the frame anew all the same: the card is to be typed again, and works.
  if (isKept && browser.browserType().name() === 'chromium') {
    assert.equal(await frameOf(page).locator('#number').inputValue(), '4242 4242 4242 4242')
    assert.equal((await create()).last4, '4242')
  }
  await page.evaluate(() =>
    document.querySelector('#a').append(document.querySelector('farthing-card')),
  )
  await mounted()
  await fillCard(page, { number: GOOD })
  assert.equal((await create()).last4, '4242')
})

test('two elements are two cards', async () => {
  await open(`<farthing-card id="one"></farthing-card><farthing-card id="two"></farthing-card>`)
  for (const [id, number] of [
    ['one', GOOD],
    ['two', '5555555555554444'],
  ]) {
    const frame = page.locator(`#${id}`).frameLocator('iframe')
    await frame.locator('#number').fill(number)
    await frame.locator('#expiry').pressSequentially('1234')
    await frame.locator('#cvc').fill('123')
  }
  const brands = await page.evaluate(async () => {
    const cards = [...document.querySelectorAll('farthing-card')]
    const made = await Promise.all(cards.map((card) => card.createPaymentMethod()))
    return made.map(({ brand, last4 }) => `${brand} ${last4}`)
  })
  assert.deepEqual(brands, ['visa 4242', 'mastercard 4444'])
})

test('registered twice, and by two copies of the package, it is one element', async () => {
  await page.goto(house.page(undefined, { idle: '' }))
  await page.evaluate(async () => {
    const one = await import('/element.js')
    const two = await import('/element.js?another')
    one.registerCardElement()
    one.registerCardElement()
    two.registerCardElement()
  })
  await connect('/element.js?another')
  await mounted()
})

test('properties that were set before it was known are not lost', async () => {
  await page.goto(house.page(undefined, { idle: '' }))
  await page.evaluate(() => {
    const card = document.querySelector('farthing-card')
    Object.assign(card, { locale: 'fr', disabled: true, theme: 'dark' })
  })
  await connect()
  await mounted()
  await frameOf(page).locator('label', { hasText: 'Numéro de carte' }).waitFor()
  const frame = frameOf(page)
  assert.equal(await frame.locator('#number').isDisabled(), true)
  assert.equal(await frame.locator('html').getAttribute('data-theme'), 'dark')
  assert.equal(await page.locator('farthing-card').getAttribute('locale'), 'fr')
})

test('the frame is as tall as the form, in sight or not, and the element a block', async () => {
  await open('<p></p><farthing-card></farthing-card>', { style: 'p { height: 3000px }' })
  const heights = () =>
    page.evaluate(() => {
      const card = document.querySelector('farthing-card')
      const iframe = card.shadowRoot.querySelector('iframe')
      return [iframe.offsetHeight, card.offsetHeight, getComputedStyle(card).display]
    })
  const form = () =>
    frameOf(page)
      .locator('form')
      .evaluate((each) => each.offsetHeight)
  const [before, box, display] = await heights()
  assert.equal(before, (await form()) + 8)
  assert.equal(display, 'flow-root')
  assert.equal(box, before - 8)
  await create()
  await until(async () => (await heights())[0] > before)
  assert.equal((await heights())[0], (await form()) + 8)
})

test('no style element anywhere, and no inline script', async () => {
  await open()
  const found = await page.evaluate(() => {
    const { shadowRoot } = document.querySelector('farthing-card')
    return [document, shadowRoot].map(
      (each) => each.querySelectorAll('style, script:not([src])').length,
    )
  })
  assert.deepEqual(found, [0, 0])
  assert.equal(await frameOf(page).locator('style').count(), 0)
})

async function open(body, options) {
  await page.goto(house.page(body, options))
  await mounted()
}

async function mounted() {
  await page.waitForFunction(() => {
    const frames = [...document.querySelectorAll('farthing-card')].map(
      ({ shadowRoot }) => shadowRoot?.querySelector('iframe')?.style.visibility,
    )
    return frames.length > 0 && frames.every((each) => each === 'visible')
  })
}

/** As `loadFarthing` does it. */
async function connect(from = '/element.js') {
  const to = { apiBase: house.payOrigin, publishableKey: house.key }
  await page.evaluate(
    async ([path, connection]) => (await import(path)).connectCardElements(connection),
    [from, to],
  )
}

/** The payment method, or the code of the error. */
function create() {
  return page.evaluate(() =>
    document
      .querySelector('farthing-card')
      .createPaymentMethod()
      .catch(({ code }) => code),
  )
}

function state() {
  return page.evaluate(() => document.querySelector('farthing-card').state)
}

/** Notes every event of the element from now on. */
function record() {
  return page.evaluate(() => {
    globalThis.events = []
    const card = document.querySelector('farthing-card')
    for (const type of ['change', 'ready', 'focus', 'blur', 'error', 'submit']) {
      card.addEventListener(type, ({ detail }) => globalThis.events.push([type, detail]))
    }
  })
}

function recorded() {
  return page.evaluate(() => globalThis.events)
}

async function until(isSo) {
  for (let waited = 0; !(await isSo()); waited += 20) {
    assert.ok(waited < 10_000, 'it did not happen')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
