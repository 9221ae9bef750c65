// The bank's question, by redirect and in a dialog: the real backend's challenge page, the test cards,
// and the network's own book.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { fillCard, launch, violationsIn } from '../support/browser.mjs'
import { openShop } from '../support/real-shop.mjs'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** The cards that ask, and what becomes of a question that is answered with yes. */
const CARDS = [
  ['4000002760003184', 'succeeded'],
  ['4000008260003178', 'insufficient_funds'],
  ['4000000000003220', 'succeeded'],
  ['4000008400001629', 'generic_decline'],
]
/** A card that could be asked about, and is not. */
const UNASKED = '4000000000003055'
const [[ASKED]] = CARDS

let browser
let shop
let context
let page
let complaints
let carts = 0
let cart
let start

before(async () => {
  shop = await openShop()
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await shop?.close()
})

beforeEach(async () => {
  complaints = []
  context = await browser.newContext({ locale: 'en-US' })
  page = await open()
  cart = { cartId: `cart_3ds_${(carts += 1)}`, amount: 1000, byElement: true }
  start = await shop.book()
})
afterEach(async () => {
  await context.close()
  assert.deepEqual(violationsIn(complaints), [])
})

describe('in a dialog', () => {
  for (const [number, outcome] of CARDS) {
    test(`…${number.slice(-4)}: yes, and then ${outcome}`, async () => {
      const { paying } = await asked(number)
      await answer('Approve the payment')
      await expectOutcome(await paying, outcome)
      assert.equal(await page.locator('dialog').count(), 0)
    })
  }

  test(`…${UNASKED.slice(-4)}: is not asked`, async () => {
    await fillCard(page, { number: UNASKED })
    assert.equal((await pay(cart)).status, 'succeeded')
    assert.equal(await page.locator('dialog').count(), 0)
    await expectCharged(1)
  })

  for (const [name, reply] of [
    ['no', 'No, this is not mine'],
    ['nothing until the time runs out', 'Let the time run out'],
  ]) {
    test(`${name}: declined, and the next card pays on the same intent`, async () => {
      const { paying } = await asked(ASKED)
      await answer(reply)
      const { status, code } = await paying
      assert.deepEqual([status, code], ['declined', 'payment_intent_authentication_failure'])
      await expectCharged(0)
      await paysNext()
    })
  }

  for (const [name, leave] of [
    ['Escape', () => page.keyboard.press('Escape')],
    ['the button', () => page.locator('dialog button').click()],
    ['the bank’s own way out', () => answer('Leave without an answer')],
  ]) {
    test(`${name}: given up, nothing charged, and the next card pays on the same intent`, async () => {
      const { paying } = await asked(ASKED)
      await leave()
      assert.equal((await paying).status, 'abandoned')
      assert.equal(await page.locator('dialog').count(), 0)
      assert.equal(await focused(), 'pay', 'the focus is where it was')
      await expectCharged(0)
      await paysNext()
    })
  }

  test('a question grows too old', async () => {
    await page.close()
    page = await open({ challengeTimeoutMs: 700 })
    assert.equal((await (await asked(ASKED)).paying).status, 'abandoned')
    await expectCharged(0)
  })

  test('a cart that another tab has forgotten meanwhile is told by its intent', async () => {
    const { paying } = await asked(ASKED)
    await page.evaluate(async (id) => (await shop.farthing.journal()).forget(id), cart.cartId)
    await answer('Approve the payment')
    assert.equal((await paying).status, 'succeeded')
    await expectCharged(1)
  })

  test('a cart that changes after a question was given up is paid at its new amount', async () => {
    const { paying } = await asked(ASKED)
    await page.keyboard.press('Escape')
    await paying
    const dearer = { ...cart, byElement: false, amount: 1100, paymentMethodId: 'pm_card_visa' }
    assert.equal((await pay(dearer)).status, 'succeeded')
    await expectCharged(1, 1100)
  })

  test('while the question is open, another amount is refused and the same waits', async () => {
    const { paying } = await asked(ASKED)
    const other = { ...cart, byElement: false, amount: 1100, paymentMethodId: 'pm_card_visa' }
    assert.equal((await pay(other)).code, 'payment_in_progress')
    const second = await open()
    assert.equal((await pay(other, second)).code, 'payment_in_progress')
    await answer('Approve the payment')
    assert.equal((await paying).status, 'succeeded')
    await expectCharged(1)
  })

  test('it is a dialog: labelled, modal, the focus within', async () => {
    const { paying } = await asked(ASKED)
    const dialog = page.getByRole('dialog', { name: 'Confirm it with your bank' })
    await dialog.waitFor()
    assert.equal(await dialog.evaluate((each) => each.matches(':modal')), true)
    assert.equal(await focused(), 'Cancel')
    // The driver of Firefox waits for ever once a key has led the focus into another origin's frame.
    const pressesMax = process.env.BROWSER === 'firefox' ? 0 : 12
    for (let presses = 0; presses < pressesMax; presses += 1) {
      await page.keyboard.press('Tab')
      const isOutside = await page.evaluate(() => {
        const { activeElement } = document
        return activeElement !== document.body && activeElement.closest('dialog') === null
      })
      assert.equal(isOutside, false, 'the focus stays in the dialog')
    }
    await page.keyboard.press('Escape')
    await paying
  })

  for (const scheme of ['light', 'dark']) {
    test(`axe finds nothing in the dialog, nor in the question within it, in ${scheme}`, async () => {
      await page.emulateMedia({ colorScheme: scheme }).catch(() => {}) // Firefox cannot be told.
      await page.evaluate((name) => {
        document.documentElement.style.setProperty('color-scheme', name)
      }, scheme)
      const { paying } = await asked(ASKED)
      await page.frameLocator('dialog iframe').getByRole('button').first().waitFor()
      for (const frame of page.frames()) {
        await frame.evaluate(`${AXE}; axe.configure({ allowedOrigins: ['<unsafe_all_origins>'] })`)
      }
      const { violations, passes } = await page.evaluate("axe.run('dialog')")
      const found = violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => [id, target]))
      assert.deepEqual(found, [])
      const seen = passes.flatMap(({ nodes }) => nodes.map(({ target }) => target))
      assert.ok(
        seen.some((target) => target.length > 1),
        'it looked inside the frame',
      )
      await page.keyboard.press('Escape')
      await paying
    })
  }

  test('other windows, and other words, are not believed', async () => {
    const { paying } = await asked(ASKED)
    const looked = []
    page.on('request', (request) => looked.push(request.url()))
    await page.evaluate(() => {
      const word = { farthing: 'challenge', done: true, status: 'succeeded' }
      for (const origin of [location.origin, '*']) postMessage(word, origin)
      const other = document.createElement('iframe')
      document.body.append(other)
      const { contentWindow: bank, src } = document.querySelector('dialog iframe')
      const { origin } = new URL(src)
      const forged = [
        { source: bank, origin: 'https://evil.test', data: word },
        { source: other.contentWindow, origin, data: word },
        { source: globalThis.window, origin, data: word },
        { source: bank, origin, data: { farthing: 'challenge', done: 'yes' } },
        { source: bank, origin, data: null },
      ]
      for (const each of forged) dispatchEvent(Object.assign(new Event('message'), each))
    })
    await page.waitForTimeout(500)
    assert.deepEqual(
      looked.filter((url) => url.includes('/v1/')),
      [],
      'nobody was asked',
    )
    assert.equal(await page.locator('dialog').count(), 1)
    await page.keyboard.press('Escape')
    assert.equal((await paying).status, 'abandoned')
    await expectCharged(0)
  })

  test('an answer whose word is lost is found out all the same', async () => {
    await page.evaluate(() => {
      addEventListener('message', (event) => event.stopImmediatePropagation(), { capture: true })
    })
    const { paying } = await asked(ASKED)
    await answer('Approve the payment')
    assert.equal((await paying).status, 'succeeded')
    await expectCharged(1)
  })
})

describe('by redirect', () => {
  for (const [number, outcome] of CARDS) {
    test(`…${number.slice(-4)}: there and back, and then ${outcome}`, async () => {
      await redirected(number)
      await page.getByRole('button', { name: 'Approve the payment' }).click()
      await returned()
      await expectOutcome(await resume(), outcome)
    })
  }

  test(`…${UNASKED.slice(-4)}: stays`, async () => {
    await fillCard(page, { number: UNASKED })
    const { status } = await pay({ ...cart, returnUrl: `${shop.url}/back` })
    assert.equal(status, 'succeeded')
    await expectCharged(1)
  })

  test('no: declined, and the next card pays on the same intent', async () => {
    await redirected(ASKED)
    await page.getByRole('button', { name: 'No, this is not mine' }).click()
    await returned()
    assert.equal((await resume()).status, 'declined')
    await paysNext()
  })

  test('what the address says on the way back is not believed', async () => {
    await redirected(ASKED)
    await page.goto(`${shop.url}/back?redirect_status=succeeded&payment_intent=pi_x`)
    await ready(page)
    assert.equal((await resume()).status, 'requires_action')
    await expectCharged(0)
  })

  test('back without an answer: there again, or another card instead', async () => {
    await redirected(ASKED)
    await page.goto(`${shop.url}/back`)
    await ready(page)
    const open = await resume()
    assert.equal(open.status, 'requires_action')
    assert.match(open.nextAction.url, /challenge/)
    const again = { ...cart, byElement: false, paymentMethodId: 'pm_card_visa', redirect: 'manual' }
    assert.deepEqual((await pay(again)).nextAction, open.nextAction, 'the same question')
    assert.equal((await pay({ ...again, openAction: 'replace' })).status, 'succeeded')
    await expectCharged(1)
  })

  test('manual: the page is told where, and stays; handleNextAction leads there', async () => {
    await fillCard(page, { number: ASKED })
    const returnUrl = `${shop.url}/back?order=7`
    const found = await pay({ ...cart, returnUrl, redirect: 'manual' })
    assert.deepEqual([found.status, found.nextAction.kind], ['requires_action', 'redirect'])
    const { clientSecret } = found
    const told = await page.evaluate((given) => shop.act(given), {
      clientSecret,
      redirect: 'manual',
    })
    assert.equal(told.nextAction.url, found.nextAction.url)
    const leaving = page.waitForURL(/challenge/)
    await page.evaluate((given) => void shop.act(given), { clientSecret })
    await leaving
    await page.getByRole('button', { name: 'Approve the payment' }).click()
    await returned()
    assert.equal((await resume()).status, 'succeeded')
    await expectCharged(1)
  })
})

test('manual, in a dialog: handleNextAction shows it, resume notes the outcome', async () => {
  await fillCard(page, { number: ASKED })
  const found = await pay({ ...cart, redirect: 'manual' })
  assert.deepEqual([found.status, found.nextAction.kind], ['requires_action', 'challenge'])
  assert.equal(await page.locator('dialog').count(), 0)
  const { clientSecret } = found
  const acting = page.evaluate((given) => shop.act(given), { clientSecret })
  await answer('Approve the payment')
  assert.equal((await acting).status, 'succeeded')
  assert.equal((await resume()).status, 'succeeded')
  await expectCharged(1)
})

async function open(options = {}) {
  const opened = await context.newPage()
  opened.on('console', (message) => complaints.push(message.text()))
  opened.on('pageerror', (error) => complaints.push(`Uncaught ${error.message}`))
  await opened.addInitScript((given) => (globalThis.farthingOptions = given), options)
  await opened.goto(shop.url)
  return ready(opened)
}

async function ready(opened) {
  await opened.locator('html[data-ready]').waitFor()
  return opened
}

const pay = (payment, on = page) => on.evaluate((given) => globalThis.shop.pay(given), payment)
const resume = () => page.evaluate((id) => globalThis.shop.resume(id), cart.cartId)
const focused = () =>
  page.evaluate(() => document.activeElement.id || document.activeElement.textContent)

/** Pays with a card that is asked about; the question is on the screen. */
async function asked(number) {
  await fillCard(page, { number })
  await page.locator('#pay').focus()
  const paying = page.evaluate((given) => globalThis.shop.pay(given), cart)
  await page.locator('dialog iframe').waitFor()
  return { paying } // In a box: a promise of a promise is waited for.
}

async function answer(name) {
  const frame = page.frameLocator('dialog iframe')
  await frame.getByRole('button', { name }).click()
}

async function redirected(number) {
  await fillCard(page, { number })
  const leaving = page.waitForURL(/challenge/)
  const payment = { ...cart, returnUrl: `${shop.url}/back?order=7` }
  await page.evaluate((given) => void globalThis.shop.pay(given), payment)
  await leaving
}

async function returned() {
  await page.waitForURL(/\/back\?order=7&/)
  await ready(page)
}

async function expectOutcome(result, outcome) {
  if (outcome === 'succeeded') {
    assert.equal(result.status, 'succeeded')
    return expectCharged(1)
  }
  assert.deepEqual([result.status, result.declineCode], ['declined', outcome])
  await expectCharged(0)
  return paysNext()
}

/** Another card pays, on the same intent. */
async function paysNext() {
  const next = { ...cart, byElement: false, paymentMethodId: 'pm_card_visa' }
  assert.equal((await pay(next)).status, 'succeeded')
  await expectCharged(1)
}

async function expectCharged(charges, captured = charges * 1000) {
  const { charges: now, captured: taken } = await shop.book()
  assert.deepEqual([now - start.charges, taken - start.captured], [charges, captured])
  assert.equal((await shop.intentsOf(cart.cartId)).length, 1)
}
