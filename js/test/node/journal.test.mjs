// The journal by itself: what two tabs may do to one entry when nothing keeps them apart.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openJournal } from '@farthing/sdk/idempotency'

const CART = { cartId: 'cart_a', amount: 7187n, currency: 'USD' }

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
  const entry = await journal.begin(CART)
  const first = await journal.sending(entry, { paymentMethodId: 'pm_a', returnUrl: 'https://a' })
  const second = await journal.sending(entry, { paymentMethodId: 'pm_b' })
  assert.deepEqual(second, first)
  assert.deepEqual([second.paymentMethodId, second.returnUrl], ['pm_a', 'https://a'])
})

test('an answer that comes late changes nothing', async () => {
  const journal = await openJournal()
  const entry = await journal.begin(CART)
  await journal.sending(entry, { paymentMethodId: 'pm_a' })
  const next = await journal.settle(entry, 'declined')
  assert.deepEqual([next.attempt, next.phase, next.paymentMethodId], [2, 'ready', undefined])
  assert.equal((await journal.settle(entry, 'declined')).attempt, 2, 'the second word about 1')
  const paid = await journal.settle(next, 'succeeded')
  assert.equal(paid.phase, 'done')
  assert.equal((await journal.settle(next, 'declined')).phase, 'done', 'paid is paid')
})
