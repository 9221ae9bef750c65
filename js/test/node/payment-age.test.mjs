// What is old: the server forgets keys after a day, so what was begun before that is looked at first.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { FAULTS } from '../support/fake-backend.mjs'
import { fakeShop } from '../support/fake-shop.mjs'

const HOURS = 3_600_000

let backend
let farthing
let loadPage
let payment
let update

beforeEach(async () => {
  mock.timers.enable({ apis: ['Date'], now: 1_790_000_000_000 })
  ;({ backend, loadPage, payment, update } = await fakeShop())
  farthing = await loadPage()
})
afterEach(() => mock.timers.reset())

const lookups = () =>
  backend.log.filter(({ method, path }) => method === 'GET' && path.includes('/v1/')).length

test('is looked at before anything is sent: a lost request is followed by the next attempt', async () => {
  backend.script = [FAULTS.lostRequest]
  await assert.rejects(farthing.confirmPayment(payment()), { code: 'outcome_unknown' })
  mock.timers.tick(23 * HOURS)
  const before = backend.log.length
  const page = await loadPage()
  assert.equal(
    (await page.confirmPayment(payment({ paymentMethodId: 'pm_b' }))).status,
    'succeeded',
  )
  assert.deepEqual([backend.log[before].method, lookups()], ['GET', 1])
  const key = backend.creates()[0].params.cart_key
  assert.deepEqual(backend.confirmKeys(), [`${key}-1`, `${key}-2`])
  assert.equal(backend.confirms()[1].params.payment_method, 'pm_b')
  assert.equal(backend.charges.length, 1)
})

test('a lost answer is found, and nothing is sent', async () => {
  backend.script = [FAULTS.lostAnswer]
  await assert.rejects(farthing.confirmPayment(payment()), { code: 'outcome_unknown' })
  mock.timers.tick(23 * HOURS)
  assert.equal((await (await loadPage()).confirmPayment(payment())).status, 'succeeded')
  assert.deepEqual([backend.confirms().length, backend.charges.length], [1, 1])
})

test('a minute before that, the attempt is repeated as it was', async () => {
  backend.script = [FAULTS.lostRequest]
  await assert.rejects(farthing.confirmPayment(payment()), { code: 'outcome_unknown' })
  mock.timers.tick(23 * HOURS - 60_000)
  await (await loadPage()).confirmPayment(payment({ paymentMethodId: 'pm_b' }))
  assert.equal(new Set(backend.confirmKeys()).size, 1)
  assert.equal(backend.confirms()[1].params.payment_method, 'pm_good')
})

test('an attempt that was never sent is looked at, too', async () => {
  backend.outcomes.set('pm_bad', 'declined')
  await farthing.confirmPayment(payment({ paymentMethodId: 'pm_bad' }))
  const [intent] = backend.intents.values()
  mock.timers.tick(30 * HOURS)
  intent.status = 'succeeded' // By the merchant's hand, meanwhile.
  assert.equal((await (await loadPage()).confirmPayment(payment())).status, 'succeeded')
  assert.equal(backend.confirms().length, 1)
  assert.equal(backend.charges.length, 0)
})

test('a change of the amount is not repeated under a key that may be forgotten', async () => {
  backend.outcomes.set('pm_bad', 'declined')
  await farthing.confirmPayment(payment({ paymentMethodId: 'pm_bad' }))
  const changes = []
  const lost = payment({ amount: 500n, updateIntent: () => Promise.reject(new Error('lost')) })
  await assert.rejects(farthing.confirmPayment(lost), { code: 'update_failed' })
  mock.timers.tick(24 * HOURS)
  const again = payment({ amount: 500n, updateIntent: update(changes) })
  assert.equal((await (await loadPage()).confirmPayment(again)).status, 'succeeded')
  const key = backend.creates()[0].params.cart_key
  assert.deepEqual(
    changes.map(({ key: used }) => used),
    [`${key}-u2`],
  )
})

test('a clock that went backwards proves nothing', async () => {
  backend.script = [FAULTS.lostRequest]
  await assert.rejects(farthing.confirmPayment(payment()), { code: 'outcome_unknown' })
  mock.timers.setTime(1_790_000_000_000 - HOURS)
  await (await loadPage()).confirmPayment(payment())
  assert.equal(lookups(), 1)
  assert.equal(new Set(backend.confirmKeys()).size, 1)
})
