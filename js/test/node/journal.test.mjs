// The journal by itself: what two tabs may do to one entry when nothing keeps them apart.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openJournal } from '@farthing/sdk/idempotency'

const CART = { cartId: 'cart_a', amount: 7187n, currency: 'USD' }
const INTENT = { id: 'pi_a', clientSecret: 'pi_a_secret_x', isAgreed: true }

test('a cart has one entry, whoever asks first', async () => {
  const journal = await openJournal()
  const [a, b] = await Promise.all([journal.begin(CART), journal.begin(CART)])
  assert.deepEqual(a, b)
  assert.deepEqual([a.attempt, a.phase, a.currency], [1, 'ready', 'usd'])
  assert.deepEqual(await journal.read(CART.cartId), a)
  assert.equal(await journal.read('another'), undefined)
})

test('what an attempt is sent with is what was noted first', async () => {
  const journal = await openJournal()
  const entry = await agreed(journal)
  const first = await journal.sending(entry, { paymentMethodId: 'pm_a', returnUrl: 'https://a' })
  const second = await journal.sending(entry, { paymentMethodId: 'pm_b' })
  assert.deepEqual(second, first)
  assert.deepEqual([second.paymentMethodId, second.returnUrl], ['pm_a', 'https://a'])
})

test('an entry has one intent for life', async () => {
  const journal = await openJournal()
  const entry = await agreed(journal)
  const second = { id: 'pi_b', clientSecret: 'pi_b_secret_x', isAgreed: true }
  assert.equal((await journal.created(entry, second)).intentId, INTENT.id)
})

test('nothing is sent before the amount is agreed, nor for an amount of another tab', async () => {
  const journal = await openJournal()
  const code = 'payment_in_progress'
  const entry = await journal.begin(CART)
  await assert.rejects(journal.sending(entry, { paymentMethodId: 'pm_a' }), { code })
  const known = await journal.created(entry, INTENT)
  const changed = await journal.begin({ ...CART, amount: 900n })
  assert.deepEqual([changed.amount, changed.isAgreed], [900n, false])
  assert.equal(changed.createKey, entry.createKey)
  assert.deepEqual(changed.createdWith, { amount: 7187n, currency: 'usd' })
  await assert.rejects(journal.sending(known, { paymentMethodId: 'pm_a' }), { code })
  const updating = await journal.updating(changed)
  await assert.rejects(journal.sending(updating, { paymentMethodId: 'pm_a' }), { code })
  const ready = await journal.updated(updating, { isAgreed: true })
  assert.equal((await journal.sending(ready, { paymentMethodId: 'pm_a' })).phase, 'sent')
  await assert.rejects(journal.begin(CART), { code })
})

test('an answer that comes late changes nothing', async () => {
  const journal = await openJournal()
  const entry = await agreed(journal)
  await journal.sending(entry, { paymentMethodId: 'pm_a' })
  const next = await journal.settle(entry, 'declined')
  assert.deepEqual([next.attempt, next.phase, next.paymentMethodId], [2, 'ready', undefined])
  assert.equal((await journal.settle(entry, 'declined')).attempt, 2, 'the second word about 1')
  const paid = await journal.settle(next, 'succeeded')
  assert.equal(paid.phase, 'done')
  assert.equal((await journal.settle(next, 'declined')).phase, 'done', 'paid is paid')
})

/** An entry whose intent is known and over the right amount. */
async function agreed(journal) {
  return journal.created(await journal.begin(CART), INTENT)
}
