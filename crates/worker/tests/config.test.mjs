// A mistake in the settings: every request gets one sentence that names the variable, nothing is open,
// and no value is repeated. Every sentence is tested beside its rule; these are those that only a
// runtime can say, and one of each kind, to see that a mistake closes every door.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { start } from '../runtime.mjs'
import { settings } from './helpers.mjs'

const CHECKOUT = {
  PRICES: '{"tea":{"amount":1250,"currency":"usd"}}',
  API_BASE: 'http://127.0.0.1:9',
  FARTHING_SECRET_KEY: 'sk_test_x',
  FARTHING_PUBLISHABLE_KEY: 'pk_test_x',
  CHECKOUT_SECRET: 'hush-hush-hush-hush-hush-hush-hush',
}
const WITHOUT_LIMITER = { durableObjects: { INBOX: { className: 'Inbox', useSQLite: true } } }
const WITHOUT_INBOX = { durableObjects: {} }
const table = [
  ['not JSON', settings({}, { SOURCES: '{hush' }), /^SOURCES /],
  ['an unknown scheme', settings({ scheme: 'hush' }), /^scheme of source "shop"/],
  ['an unknown field', settings({ hush: 1 }), /^SOURCES /],
  ['a bad name', settings({}, { SOURCES: '{"a_b":{"scheme":"stripe"}}' }), /source number 1/],
  ['no secret', settings({}, { SECRET_SHOP: ' ' }), /^SECRET_SHOP is not set/],
  ['a scheme without time', settings({ scheme: 'github' }), /^without_timestamp of source "shop"/],
  ['a secret of the other scheme', settings({ scheme: 'standard' }, { SECRET_SHOP: 'hush!!' }), /^SECRET_SHOP /],
  ['plain http', settings({ forward: 'http://hush.example' }), /^forward of source "shop"/],
  ['an origin that could not verify', settings({ forward: 'https://hush.example' }, { FORWARD_SECRET: '' }), /^FORWARD_SECRET_SHOP is not set/],
  ['a queue that is not bound', settings({ queue: 'EVENTS' }), /^queue of source "shop"/],
  ['a queue that is none', settings({ queue: 'INBOX' }), /^queue of source "shop" in SOURCES names no queue/],
  ['a number out of its bounds', settings({}, { SHARDS: 65 }), /^SHARDS must be/],
  ['a truth where a number belongs', settings({}, { SHARDS: true }), /^SHARDS must be/],
  ['a list where a map belongs', settings({}, { SOURCES: ['hush'] }), /^SOURCES /],
  ['a map where a list belongs', settings({}, { FORWARD_SCHEDULE_MS: { hush: 1 } }), /^Entry 1 of FORWARD_SCHEDULE_MS /],
  ['a store by the name of a setting', settings(), /^SHARDS is the name of a setting/, { kvNamespaces: ['SHARDS'] }],
  ['a queue by the name of a setting', settings(), /^KEEP_ID_DAYS is the name of a setting/, { queueProducers: { KEEP_ID_DAYS: 'hush' } }],
  ['no inbox', settings(), /^INBOX is not set/, WITHOUT_INBOX],
  ['a short token', settings({}, { STATUS_TOKEN: 'hush' }), /^STATUS_TOKEN /],
  ['a schedule of words', settings({}, { FORWARD_SCHEDULE_MS: 'hush' }), /^Entry 1 of FORWARD_SCHEDULE_MS /],
  ['half a checkout', { ...CHECKOUT, CHECKOUT_SECRET: '' }, /^CHECKOUT_SECRET is not set/],
  ['the secret key where the page reads it', { ...CHECKOUT, FARTHING_PUBLISHABLE_KEY: 'sk_test_hush' }, /^FARTHING_PUBLISHABLE_KEY /],
  ['two keys of two modes', { ...CHECKOUT, FARTHING_PUBLISHABLE_KEY: 'pk_live_hush' }, /^FARTHING_PUBLISHABLE_KEY and/],
  ['a short checkout secret', { ...CHECKOUT, CHECKOUT_SECRET: 'hush' }, /^CHECKOUT_SECRET /],
  ['a checkout without a limit', CHECKOUT, /^LIMITER is not set/, WITHOUT_LIMITER],
  ['a currency nobody has', { ...CHECKOUT, PRICES: '{"tea":{"amount":1,"currency":"zzz"}}' }, /"tea" in PRICES/],
  ['a price of nothing', { ...CHECKOUT, PRICES: '{"tea":{"amount":0,"currency":"usd"}}' }, /"tea" in PRICES/],
  ['an item twice', { ...CHECKOUT, PRICES: '{"a":{"amount":9,"currency":"usd"},"a":{"amount":1,"currency":"usd"}}' }, /^PRICES /],
  ['an origin with a path', { ...CHECKOUT, ORIGINS: 'https://hush.example/' }, /ORIGINS/],
  ['any origin', { ...CHECKOUT, ORIGINS: '*' }, /ORIGINS/],
]

for (const [name, bindings, sentence, more] of table) {
  test(name, async (t) => {
    const worker = await start({ bindings, more })
    t.after(worker.stop)
    for (const [method, path] of [['POST', '/in/shop'], ['POST', '/diagnose/shop'], ['GET', '/status'], ['POST', '/checkout/intents'], ['GET', '/healthz']]) {
      const answer = await fetch(worker.url + path, { method })
      const { error } = await answer.json()
      assert.equal(answer.status, 500)
      assert.equal(error.code, 'misconfigured')
      assert.match(error.message, sentence)
      assert.match(error.message, /\.$/)
      assert.doesNotMatch(error.message, /hush/)
    }
  })
}

test('settings need not be texts: wrangler.toml has numbers, truths and tables, too', async (t) => {
  const { SOURCES, ...more } = settings({}, { SHARDS: 2, STATUS_TOKEN: 1234567890123456, KEEP_ID_DAYS: null })
  const worker = await start({ bindings: { ...more, SOURCES: JSON.parse(SOURCES) } })
  t.after(worker.stop)
  const headers = { authorization: 'Bearer 1234567890123456' }
  const { sources } = await (await fetch(`${worker.url}/status`, { headers })).json()
  assert.deepEqual(Object.entries(sources).map(([name, { shards }]) => [name, shards]), [['shop', 2]])
})
