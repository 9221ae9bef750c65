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
  context = await browser.newContext()
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
  await page.goto(house.page())
  await mounted()
  await fillCard(page, { number: GOOD })
  const made = await page.evaluate(() =>
    document.querySelector('farthing-card').createPaymentMethod(),
  )
  assert.match(made.paymentMethodId, /^pm_\w+$/)
  assert.deepEqual([made.brand, made.last4], ['visa', '4242'])
})

async function mounted() {
  await frameOf(page).locator('#number').waitFor()
}
