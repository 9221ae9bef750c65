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
