// One payment out of any number of clicks, lost answers and reloads. The fake backend keeps a book of
// its own: what it charged is what counts.
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { FAULTS } from '../support/fake-backend.mjs'
import { CART, fakeShop } from '../support/fake-shop.mjs'

let backend
let journal
let farthing
let loadPage
let payment
let update

beforeEach(async () => {
  ;({ backend, journal, loadPage, payment, update } = await fakeShop())
  farthing = await loadPage()
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
  const other = await loadPage()
  const [a, b] = await Promise.all([
    farthing.confirmPayment(payment({ paymentMethodId: 'pm_a' })),
    other.confirmPayment(payment({ paymentMethodId: 'pm_b' })),
  ])
  assert.deepEqual([a.status, b.status], ['succeeded', 'succeeded'])
  assert.equal(backend.charges.length, 1)
  assert.equal(new Set(backend.confirmKeys()).size, 1)
})

test('a tab whose attempt another tab has used up sends nothing', async () => {
  const clientSecret = 'pi_x_secret_y'
  const made = { id: 'pi_x', clientSecret, isAgreed: true }
  const late = await journal.created(await journal.begin(CART), made)
  const slow = { ...journal, begin: async () => late }
  await journal.sending(late, { paymentMethodId: 'pm_bad' })
  await journal.settle(late, 'declined')
  const code = 'payment_in_progress'
  const createIntent = async () => ({ clientSecret })
  const page = await loadPage({ journal: slow })
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
  farthing = await loadPage({ triesMax: 3 })
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
  const reloaded = await loadPage()
  assert.equal((await reloaded.resume(CART)).status, 'succeeded')
  assert.equal((await reloaded.confirmPayment(payment())).status, 'succeeded')
  assert.equal(backend.confirms().length, 1)
  assert.equal(backend.charges.length, 1)
})

test('a lost request, then a reload: the page repeats it under the same key', async () => {
  backend.script = [FAULTS.lostRequest]
  await assert.rejects(farthing.confirmPayment(payment()), { code: 'outcome_unknown' })
  const reloaded = await loadPage()
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
  await assert.rejects((await loadPage()).confirmPayment(payment({ amount: 100n })), { code })
})

test('another amount in the same moment is refused', async () => {
  const first = farthing.confirmPayment(payment())
  const code = 'payment_in_progress'
  await assert.rejects(farthing.confirmPayment(payment({ amount: 100n })), { code })
  assert.equal((await first).status, 'succeeded')
  await assert.rejects(farthing.confirmPayment(payment({ amount: 100n })), { code: 'already_paid' })
})

test('another amount after a decline changes the same intent, and is paid once', async () => {
  backend.outcomes.set('pm_bad', 'declined')
  await farthing.confirmPayment(payment({ paymentMethodId: 'pm_bad' }))
  const changes = []
  const changed = payment({ amount: 500n, updateIntent: update(changes) })
  assert.equal((await farthing.confirmPayment(changed)).status, 'succeeded')
  assert.equal(backend.intents.size, 1)
  const key = backend.creates()[0].params.cart_key
  const [intent] = backend.intents.values()
  const { cartId } = CART
  assert.deepEqual(changes, [
    { cartId, intentId: intent.id, amount: 500n, currency: 'usd', key: `${key}-u1` },
  ])
  assert.deepEqual(backend.charges, [{ intent: intent.id, amount: 500 }])
  assert.deepEqual(backend.confirmKeys(), [`${key}-1`, `${key}-2`])
})

test('a currency changes as an amount does', async () => {
  backend.outcomes.set('pm_bad', 'declined')
  await farthing.confirmPayment(payment({ paymentMethodId: 'pm_bad' }))
  const changed = payment({ currency: 'EUR', updateIntent: update([]) })
  assert.equal((await farthing.confirmPayment(changed)).status, 'succeeded')
  const [intent, ...more] = backend.intents.values()
  assert.deepEqual([intent.currency, more.length], ['eur', 0])
})

test('a page that cannot change the intent says so, and pays nothing', async () => {
  backend.outcomes.set('pm_bad', 'declined')
  await farthing.confirmPayment(payment({ paymentMethodId: 'pm_bad' }))
  const code = 'update_missing'
  await assert.rejects(farthing.confirmPayment(payment({ amount: 500n })), { code })
  assert.equal(backend.intents.size, 1)
  assert.equal(backend.charges.length, 0)
  assert.equal((await farthing.confirmPayment(payment())).status, 'succeeded', 'as it was')
})

test('a change that was not made is not paid, and is asked for again under its own key', async () => {
  backend.outcomes.set('pm_bad', 'declined')
  await farthing.confirmPayment(payment({ paymentMethodId: 'pm_bad' }))
  const changes = []
  const lost = async (change) => {
    changes.push(change)
    throw new Error('lost')
  }
  const code = 'update_failed'
  const first = payment({ amount: 500n, updateIntent: lost })
  await assert.rejects(farthing.confirmPayment(first), { code })
  await assert.rejects((await loadPage()).confirmPayment(first), { code })
  const deaf = payment({ amount: 500n, updateIntent: async () => {} })
  await assert.rejects(farthing.confirmPayment(deaf), { code: 'amount_mismatch' })
  assert.equal(backend.charges.length, 0)
  const later = payment({ amount: 600n, updateIntent: update(changes) })
  assert.equal((await farthing.confirmPayment(later)).status, 'succeeded')
  const key = backend.creates()[0].params.cart_key
  assert.deepEqual(
    changes.map(({ amount, key: used }) => [amount, used]),
    [
      [500n, `${key}-u1`],
      [500n, `${key}-u1`],
      [600n, `${key}-u3`],
    ],
  )
  assert.deepEqual(
    backend.charges.map(({ amount }) => amount),
    [600],
  )
})

test('a change that may still be on its way is finished before the next one', async () => {
  backend.outcomes.set('pm_bad', 'declined')
  await farthing.confirmPayment(payment({ paymentMethodId: 'pm_bad' }))
  const changes = []
  const made = update(changes)
  const unheard = async (change) => {
    await made(change)
    throw new Error('the answer was lost')
  }
  const first = payment({
    amount: 500n,
    updateIntent: async () => Promise.reject(new Error('lost')),
  })
  await assert.rejects(farthing.confirmPayment(first), { code: 'update_failed' })
  const second = payment({ amount: 600n, updateIntent: unheard })
  await assert.rejects(farthing.confirmPayment(second), { code: 'update_failed' })
  const third = payment({ amount: 600n, updateIntent: made })
  assert.equal((await farthing.confirmPayment(third)).status, 'succeeded')
  const key = backend.creates()[0].params.cart_key
  assert.deepEqual(
    changes.map(({ amount, key: used }) => [amount, used]),
    [
      [500n, `${key}-u1`],
      [500n, `${key}-u1`],
      [600n, `${key}-u2`],
    ],
  )
  assert.deepEqual(
    backend.charges.map(({ amount }) => amount),
    [600],
  )
})

test('a cart that changed before its intent was known still has one intent', async () => {
  const good = payment()
  const createIntent = async (key, cart) => {
    await good.createIntent(key, cart)
    throw new Error('lost')
  }
  await assert.rejects(farthing.confirmPayment({ ...good, createIntent }), {
    code: 'create_failed',
  })
  const asked = []
  const again = payment({
    amount: 800n,
    createIntent: (key, cart) => {
      asked.push(cart)
      return good.createIntent(key, cart)
    },
    updateIntent: update([]),
  })
  assert.equal((await farthing.confirmPayment(again)).status, 'succeeded')
  assert.deepEqual(asked, [CART], 'the create key goes with what it was first used with')
  assert.equal(backend.intents.size, 1)
  assert.deepEqual(
    backend.charges.map(({ amount }) => amount),
    [800],
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
  assert.equal((await (await loadPage()).confirmPayment(good)).status, 'succeeded')
  assert.equal(new Set(backend.creates().map(({ params }) => params.cart_key)).size, 1)
  assert.equal(backend.intents.size, 1)
})

test('an intent of another amount than the one shown is not paid', async () => {
  const dearer = payment({ amount: 9999n }).createIntent
  const untold = async (key) => ({ clientSecret: (await dearer(key)).clientSecret })
  const code = 'amount_mismatch'
  for (const createIntent of [dearer, untold]) {
    const cartId = createIntent.name
    await assert.rejects(farthing.confirmPayment(payment({ cartId, createIntent })), { code })
    await assert.rejects(farthing.confirmPayment(payment({ cartId, createIntent })), { code })
  }
  assert.equal(backend.confirms().length, 0)
  assert.equal(backend.intents.size, 2, 'one for each cart')
})

test('an amount that cannot be charged goes nowhere', async () => {
  const code = 'amount_too_small'
  await assert.rejects(farthing.confirmPayment(payment({ amount: 1n })), { code })
  assert.equal(backend.log.length, 0)
})

test('authentication: the address is handed on, and a refusal at the bank opens the next attempt', async () => {
  backend.outcomes.set('pm_3ds', 'action')
  const asked = await farthing.confirmPayment(payment({ paymentMethodId: 'pm_3ds' }))
  assert.deepEqual(asked.nextAction, { kind: 'redirect', url: 'https://bank.test/3ds' })
  const [intent] = backend.intents.values()
  assert.equal((await (await loadPage()).resume(CART)).status, 'requires_action')
  intent.status = 'requires_payment_method'
  intent.last_payment_error = { code: 'payment_intent_authentication_failure', message: 'No.' }
  const back = await (await loadPage()).resume(CART)
  assert.deepEqual([back.status, back.message], ['declined', 'No.'])
  assert.equal((await (await loadPage()).confirmPayment(payment())).status, 'succeeded')
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
  assert.equal((await farthing.resume(CART)).status, 'none')
  await farthing.confirmPayment(payment())
  const kept = await farthing.journal()
  assert.equal(kept.persistence, 'memory')
  await kept.forget(CART.cartId)
  assert.equal((await farthing.resume(CART)).status, 'none')
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

test('an intent that the page never heard of is asked for again, under the same key', async () => {
  const good = payment()
  const createIntent = async (key, cart) => {
    await good.createIntent(key, cart)
    throw new Error('lost')
  }
  await assert.rejects(farthing.confirmPayment({ ...good, createIntent }), {
    code: 'create_failed',
  })
  const page = await loadPage()
  const unknown = await page.resume(CART)
  assert.deepEqual([unknown.status, unknown.intentId], ['requires_payment', undefined])
  const found = await page.resume({ ...CART, createIntent: good.createIntent })
  const [intent] = backend.intents.values()
  assert.deepEqual([found.status, found.intentId], ['requires_payment', intent.id])
  assert.equal(new Set(backend.creates().map(({ params }) => params.cart_key)).size, 1)
  assert.equal(backend.confirms().length, 0)
})

test('the result says where it is written down', async () => {
  assert.equal((await farthing.confirmPayment(payment())).persistence, 'memory')
  assert.equal((await farthing.resume(CART)).persistence, 'memory')
})

test('a cart that somebody else has paid, at another amount, is not reported as this one', async () => {
  backend.outcomes.set('pm_bad', 'declined')
  await farthing.confirmPayment(payment({ paymentMethodId: 'pm_bad' }))
  const [intent] = backend.intents.values()
  Object.assign(intent, { status: 'succeeded', amount: 900 })
  const code = 'already_paid'
  await assert.rejects(farthing.confirmPayment(payment({ amount: 500n })), { code })
  const asPaid = await farthing.confirmPayment(payment({ amount: 900n }))
  assert.deepEqual([asPaid.status, asPaid.intentId], ['succeeded', intent.id])
  assert.equal(backend.confirms().length, 1)
})
