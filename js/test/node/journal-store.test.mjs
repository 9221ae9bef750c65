// Where the journal is kept: a cart that is in one place today is not missing from another tomorrow.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { openJournal } from '@farthing/sdk/idempotency'
import { fakeIndexedDb, fakeLocalStorage } from '../support/fake-storage.mjs'

const CART = { cartId: 'cart_a', amount: 7187n, currency: 'usd' }

let database
let local
const open = () => openJournal({ openTimeoutMs: 50 })

beforeEach(() => {
  database = fakeIndexedDb()
  local = fakeLocalStorage()
  for (const [name, value] of Object.entries({ indexedDB: database, localStorage: local })) {
    Object.defineProperty(globalThis, name, { value, configurable: true })
  }
})
afterEach(() => {
  delete globalThis.indexedDB
  delete globalThis.localStorage
})

for (const told of [true, false]) {
  test(`a lost connection is opened again (${told ? 'told' : 'not told'})`, async () => {
    const journal = await open()
    const entry = await journal.begin(CART)
    database.lose({ told })
    assert.deepEqual(await journal.read(CART.cartId), entry)
    assert.deepEqual([journal.persistence, database.opened], ['indexeddb', 2])
  })
}

test('a write that the browser broke off is made again, once', async () => {
  const journal = await open()
  database.script = ['abort']
  const entry = await journal.begin(CART)
  assert.deepEqual(await journal.read(CART.cartId), entry)
  database.script = ['abort', 'abort']
  const code = 'journal_unavailable'
  await assert.rejects(journal.begin(CART), { code })
  database.lose({ told: true })
  database.isSilent = true
  await assert.rejects(journal.begin(CART), { code })
})

test('a cart whose record the database has lost is not a new cart', async () => {
  const journal = await open()
  await journal.begin(CART)
  database.records.clear() // A browser makes a damaged database anew.
  const anew = await open()
  for (const act of [() => anew.begin(CART), () => anew.read(CART.cartId)]) {
    await assert.rejects(act(), { code: 'journal_corrupt' })
  }
  await anew.forget(CART.cartId)
  assert.equal(await anew.read(CART.cartId), undefined)
  assert.equal(local.kept.size, 0)
  assert.equal((await anew.begin(CART)).attempt, 1)
})

test('what a full localStorage has kept is found, with IndexedDB and without', async () => {
  database.isSilent = true
  const early = await open()
  assert.equal(early.persistence, 'localstorage')
  const [entry, other] = [await early.begin(CART), await early.begin({ ...CART, cartId: 'cart_b' })]
  local.isFull = true
  const without = await open()
  assert.deepEqual(await without.read(CART.cartId), entry)
  assert.deepEqual(await without.begin({ ...CART, cartId: 'cart_b' }), other)
  assert.equal((await without.begin({ ...CART, cartId: 'cart_c' })).attempt, 1)
  database.isSilent = false
  const later = await open()
  assert.equal(later.persistence, 'indexeddb')
  assert.deepEqual(await later.begin(CART), entry)
  database.isSilent = true
  const silent = await open()
  await assert.rejects(silent.begin(CART), { code: 'journal_unavailable' })
})

test('a cart may be called anything', async () => {
  database.isSilent = true
  const entries = []
  for (const cartId of ['probe', 'indexeddb', '__proto__']) {
    entries.push(await (await open()).begin({ ...CART, cartId }))
  }
  for (const entry of entries) assert.deepEqual(await (await open()).read(entry.cartId), entry)
})

test('a tab that only looks takes no mark away', async () => {
  const [one, other] = [await open(), await open()]
  const seen = [other.read(CART.cartId), one.begin(CART), other.read(CART.cartId)]
  await Promise.all(seen)
  database.isSilent = true
  await assert.rejects((await open()).begin(CART), { code: 'journal_unavailable' })
  assert.equal(local.kept.size, 1)
})

test('a mark is there before the record is, and goes with it', async () => {
  const journal = await open()
  const { kept } = local
  const marks = []
  const { set } = database.records
  database.records.set = function (key, value) {
    marks.push(kept.size)
    return set.call(this, key, value)
  }
  const entry = await journal.begin(CART)
  assert.deepEqual(marks, [1])
  await journal.over(entry)
  assert.deepEqual([kept.size, database.records.size], [0, 0])
  await journal.begin(CART)
  await journal.forget(CART.cartId)
  assert.deepEqual([kept.size, database.records.size], [0, 0])
})

test('a record that could not leave localStorage does not come back', async () => {
  database.isSilent = true
  const entry = await (await open()).begin(CART)
  database.isSilent = false
  const journal = await open()
  const { setItem } = local
  local.setItem = () => {
    throw new DOMException('Full.', 'QuotaExceededError')
  }
  await journal.settle(await journal.read(CART.cartId), 'declined')
  local.setItem = setItem
  await journal.forget(CART.cartId)
  assert.equal(await journal.read(CART.cartId), undefined)
  assert.notEqual((await journal.begin(CART)).createKey, entry.createKey)
})
