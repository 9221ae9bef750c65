// The journal by itself: what two tabs may do to one entry when nothing keeps them apart.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openJournal as open } from '@farthing/sdk/idempotency'

const CART = { cartId: 'cart_a', amount: 7187n, currency: 'USD' }
const INTENT = { id: 'pi_a', clientSecret: 'pi_a_secret_x', isAgreed: true }

let browsers = 0
/** A journal that no other test has. */
const openJournal = () => open({ name: `browser_${(browsers += 1)}` })

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

test('two tabs without a lock that write to localStorage at once go on with one entry', async (t) => {
  const tabs = slowStorage(2)
  t.after(() => delete globalThis.localStorage)
  const journals = []
  const name = 'two_tabs'
  for (const tab of tabs) {
    Object.defineProperty(globalThis, 'localStorage', { value: tab, configurable: true })
    journals.push(await open({ name }))
  }
  const entries = await Promise.all(journals.map((journal) => journal.begin(CART)))
  assert.deepEqual(
    journals.map(({ persistence }) => persistence),
    ['localstorage', 'localstorage'],
  )
  assert.deepEqual(entries[0], entries[1])
  const known = await journals[0].created(entries[0], INTENT)
  const sent = await Promise.all(
    journals.map((journal, at) => journal.sending(known, { paymentMethodId: `pm_${at}` })),
  )
  assert.deepEqual(sent[0], sent[1])
  const news = await Promise.all(journals.map((journal) => journal.settle(sent[0], 'declined')))
  assert.deepEqual([news[0].attempt, news[1].attempt], [2, 2], 'told twice, noted once')
})

/** localStorage of several processes: a tab sees its own write at once, and others' a little later. */
function slowStorage(tabs) {
  const views = Array.from({ length: tabs }, () => new Map())
  const write = (view, change) => {
    change(view)
    setTimeout(() => views.forEach(change), 20)
  }
  return views.map((view) => ({
    getItem: (key) => view.get(key) ?? null,
    setItem: (key, value) => write(view, (each) => each.set(key, value)),
    removeItem: (key) => write(view, (each) => each.delete(key)),
  }))
}
