// One payment out of any number of clicks, lost answers and reloads. The fake backend keeps a book of
// its own: what it charged is what counts.
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { loadFarthing } from '@farthing/sdk/checkout'
import { openJournal } from '@farthing/sdk/idempotency'
import { FAULTS, fakeBackend, fakeFetch } from '../support/fake-backend.mjs'

const CART = { cartId: 'cart_a', amount: 7187n, currency: 'usd' }

let backend
let journal
let farthing

/** A page on the same browser: same journal, nothing else kept. */
function loadPage(options = {}) {
  return loadFarthing({
    publishableKey: 'pk_test_fake',
    baseUrl: 'https://pay.test',
    fetch: fakeFetch(backend),
    journal,
    triesMax: 1,
    requestTimeoutMs: 200,
    ...options,
  })
}

function payment(overrides = {}) {
  return {
    ...CART,
    paymentMethodId: 'pm_good',
    createIntent: async (key) => {
      const params = { cart_key: key, items: [], amount: Number(overrides.amount ?? CART.amount) }
      const { body } = backend.handle({ method: 'POST', path: '/checkout/intents', params })
      return { id: body.id, clientSecret: body.client_secret, amount: BigInt(body.amount) }
    },
    ...overrides,
  }
}

beforeEach(async () => {
  backend = fakeBackend()
  journal = await openJournal()
  farthing = loadPage()
})

test('a payment', async () => {
  const { status, intentId } = await farthing.confirmPayment(payment())
  assert.equal(status, 'succeeded')
  assert.deepEqual(backend.charges, [{ intent: intentId, amount: 7187 }])
  const [create] = backend.creates()
  assert.deepEqual(backend.confirmKeys(), [`${create.params.cart_key}-1`])
  const [confirm] = backend.confirms()
  assert.equal(confirm.headers.authorization, 'Bearer pk_test_fake')
  assert.equal(confirm.params.payment_method, 'pm_good')
})

test('two clicks are one payment', async () => {
  const [a, b] = await Promise.all([
    farthing.confirmPayment(payment()),
    farthing.confirmPayment(payment()),
  ])
  assert.deepEqual(a, b)
  assert.equal(backend.confirms().length, 1)
  assert.equal(backend.creates().length, 1)
  assert.equal(backend.charges.length, 1)
})

test('two tabs that no lock keeps apart are one payment, by whichever card was first', async () => {
  const other = loadPage()
  const [a, b] = await Promise.all([
    farthing.confirmPayment(payment({ paymentMethodId: 'pm_a' })),
    other.confirmPayment(payment({ paymentMethodId: 'pm_b' })),
  ])
  assert.deepEqual([a.status, b.status], ['succeeded', 'succeeded'])
  assert.equal(backend.charges.length, 1)
  assert.equal(new Set(backend.confirmKeys()).size, 1)
})

test('a tab whose attempt another tab has used up sends nothing', async () => {
  const late = await journal.begin(CART)
  const slow = {
    ...journal,
    begin: async () => late,
    created: async (entry) => entry,
  }
  const clientSecret = 'pi_x_secret_y'
  await journal.sending(late, { paymentMethodId: 'pm_bad' })
  await journal.settle(late, 'declined')
  const code = 'payment_in_progress'
  const createIntent = async () => ({ clientSecret })
  const page = loadPage({ journal: slow })
  await assert.rejects(page.confirmPayment(payment({ createIntent })), { code })
  assert.equal(backend.confirms().length, 0)
})

test('a click after the payment reports it and sends nothing', async () => {
  const first = await farthing.confirmPayment(payment())
  const { length } = backend.log
  assert.deepEqual(await farthing.confirmPayment(payment()), first)
  assert.equal(backend.log.length, length)
})

for (const [name, fault] of Object.entries({
  ...FAULTS,
  status409: 409,
  status429: 429,
  status500: 500,
})) {
  test(`${name}: the outcome is unknown, and the next click asks under the same key`, async () => {
    backend.script = [fault]
    await assert.rejects(farthing.confirmPayment(payment()), { code: 'outcome_unknown' })
    const { status } = await farthing.confirmPayment(payment({ paymentMethodId: 'pm_other' }))
    assert.equal(status, 'succeeded')
    assert.equal(backend.charges.length, 1)
    const keys = new Set(backend.confirmKeys())
    assert.equal(keys.size, 1)
    const methods = new Set(backend.confirms().map(({ params }) => params.payment_method))
    assert.deepEqual([...methods], ['pm_good'], 'an open attempt is repeated as it was')
  })
}

test('a lost answer is asked for again at once, under the same key', async () => {
  farthing = loadPage({ triesMax: 3 })
  backend.script = [FAULTS.lostAnswer, 409]
  const { status } = await farthing.confirmPayment(payment())
  assert.equal(status, 'succeeded')
  const [first, ...others] = backend.confirmKeys()
  assert.deepEqual(others, [first, first])
  assert.equal(backend.charges.length, 1)
})

test('a lost answer, then a reload: the page finds the payment made', async () => {
  backend.script = [FAULTS.lostAnswer]
  await assert.rejects(farthing.confirmPayment(payment()), { code: 'outcome_unknown' })
  const reloaded = loadPage()
  assert.equal((await reloaded.resume(CART)).status, 'succeeded')
  assert.equal((await reloaded.confirmPayment(payment())).status, 'succeeded')
  assert.equal(backend.confirms().length, 1)
  assert.equal(backend.charges.length, 1)
})

test('a lost request, then a reload: the page repeats it under the same key', async () => {
  backend.script = [FAULTS.lostRequest]
  await assert.rejects(farthing.confirmPayment(payment()), { code: 'outcome_unknown' })
  const reloaded = loadPage()
  const standing = await reloaded.resume(CART)
  assert.deepEqual([standing.status, standing.isAttemptOpen], ['requires_payment', true])
  assert.equal((await reloaded.confirmPayment(payment())).status, 'succeeded')
  assert.equal(new Set(backend.confirmKeys()).size, 1)
  assert.equal(backend.charges.length, 1)
})

test('a decline ends the attempt: the next card gets the next key', async () => {
  backend.outcomes.set('pm_bad', 'declined')
  const declined = await farthing.confirmPayment(payment({ paymentMethodId: 'pm_bad' }))
  assert.equal(declined.status, 'declined')
  assert.equal(declined.code, 'card_declined')
  assert.equal((await farthing.confirmPayment(payment())).status, 'succeeded')
  const [create, ...more] = backend.creates()
  assert.equal(more.length, 0, 'one intent for both attempts')
  const key = create.params.cart_key
  assert.deepEqual(backend.confirmKeys(), [`${key}-1`, `${key}-2`])
})

test('a decline whose answer was lost is heard under the same key before another card is tried', async () => {
  backend.outcomes.set('pm_bad', 'declined')
  backend.script = [FAULTS.lostAnswer]
  const bad = payment({ paymentMethodId: 'pm_bad' })
  await assert.rejects(farthing.confirmPayment(bad), { code: 'outcome_unknown' })
  assert.equal((await farthing.confirmPayment(payment())).status, 'declined')
  assert.equal((await farthing.confirmPayment(payment())).status, 'succeeded')
  const key = backend.creates()[0].params.cart_key
  assert.deepEqual(backend.confirmKeys(), [`${key}-1`, `${key}-1`, `${key}-2`])
  assert.equal(backend.charges.length, 1)
})

test('another amount while an attempt is open is refused', async () => {
  backend.script = [FAULTS.lostRequest]
  await assert.rejects(farthing.confirmPayment(payment()), { code: 'outcome_unknown' })
  const code = 'payment_in_progress'
  await assert.rejects(farthing.confirmPayment(payment({ amount: 100n })), { code })
  await assert.rejects(farthing.confirmPayment(payment({ currency: 'eur' })), { code })
  await assert.rejects(loadPage().confirmPayment(payment({ amount: 100n })), { code })
})

test('another amount in the same moment is refused', async () => {
  const first = farthing.confirmPayment(payment())
  const code = 'payment_in_progress'
  await assert.rejects(farthing.confirmPayment(payment({ amount: 100n })), { code })
  assert.equal((await first).status, 'succeeded')
  await assert.rejects(farthing.confirmPayment(payment({ amount: 100n })), { code: 'already_paid' })
})

test('another amount after a decline is another intent', async () => {
  backend.outcomes.set('pm_bad', 'declined')
  await farthing.confirmPayment(payment({ paymentMethodId: 'pm_bad' }))
  assert.equal((await farthing.confirmPayment(payment({ amount: 500n }))).status, 'succeeded')
  assert.equal(backend.creates().length, 2)
  assert.deepEqual(
    backend.charges.map(({ amount }) => amount),
    [500],
  )
})

test('a creation that failed is asked for again under the same key', async () => {
  const good = payment()
  const createIntent = async (key) => {
    await good.createIntent(key)
    throw new Error('lost')
  }
  await assert.rejects(farthing.confirmPayment({ ...good, createIntent }), {
    code: 'create_failed',
  })
  assert.equal((await loadPage().confirmPayment(good)).status, 'succeeded')
  assert.equal(new Set(backend.creates().map(({ params }) => params.cart_key)).size, 1)
  assert.equal(backend.intents.size, 1)
})

test('an intent of another amount than the one shown is not paid', async () => {
  const createIntent = async () => ({ clientSecret: 'pi_x_secret_y', amount: 9999n })
  const code = 'amount_mismatch'
  await assert.rejects(farthing.confirmPayment(payment({ createIntent })), { code })
  assert.equal(backend.confirms().length, 0)
})

test('an amount that cannot be charged goes nowhere', async () => {
  const code = 'amount_too_small'
  await assert.rejects(farthing.confirmPayment(payment({ amount: 1n })), { code })
  assert.equal(backend.log.length, 0)
})

test('authentication: the address is handed on, and a refusal at the bank opens the next attempt', async () => {
  backend.outcomes.set('pm_3ds', 'action')
  const asked = await farthing.confirmPayment(payment({ paymentMethodId: 'pm_3ds' }))
  assert.deepEqual([asked.status, asked.url], ['requires_action', 'https://bank.test/3ds'])
  const [intent] = backend.intents.values()
  assert.equal((await loadPage().resume(CART)).status, 'requires_action')
  intent.status = 'requires_payment_method'
  intent.last_payment_error = { code: 'payment_intent_authentication_failure', message: 'No.' }
  const back = await loadPage().resume(CART)
  assert.deepEqual([back.status, back.message], ['declined', 'No.'])
  assert.equal((await loadPage().confirmPayment(payment())).status, 'succeeded')
  const key = backend.creates()[0].params.cart_key
  assert.deepEqual(backend.confirmKeys(), [`${key}-1`, `${key}-2`])
})

test('a request turned away leaves the attempt as it was, for another card', async () => {
  backend.script = [400]
  await assert.rejects(farthing.confirmPayment(payment()), { code: 'request_refused' })
  const { status } = await farthing.confirmPayment(payment({ paymentMethodId: 'pm_other' }))
  assert.equal(status, 'succeeded')
  assert.equal(new Set(backend.confirmKeys()).size, 1)
})

test('a cart that was never paid, and one that is forgotten', async () => {
  assert.deepEqual(await farthing.resume(CART), { status: 'none' })
  await farthing.confirmPayment(payment())
  const kept = await farthing.journal()
  assert.equal(kept.persistence, 'memory')
  await kept.forget(CART.cartId)
  assert.deepEqual(await farthing.resume(CART), { status: 'none' })
})

test('without a frame there is nothing to pay with', async () => {
  const { paymentMethodId: _, ...withoutCard } = payment()
  await assert.rejects(farthing.confirmPayment(withoutCard), { code: 'frame_missing' })
  assert.equal(backend.confirms().length, 0)
})

test('an intent is read through its client secret', async () => {
  await farthing.confirmPayment(payment())
  const [{ client_secret: secret }] = backend.intents.values()
  const intent = await farthing.retrievePaymentIntent(secret)
  assert.deepEqual([intent.status, intent.amount, intent.currency], ['succeeded', 7187n, 'usd'])
  await assert.rejects(farthing.retrievePaymentIntent('nonsense'), { code: 'bad_option' })
  const code = 'request_refused'
  await assert.rejects(farthing.retrievePaymentIntent('pi_none_secret_x'), { code })
})
