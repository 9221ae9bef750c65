// A mistake in the settings: every request gets one sentence that names the variable, nothing is open,
// and no value is repeated.

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
const table = [
  ['not JSON', settings({}, { SOURCES: '{hush' }), /^SOURCES /],
  ['an unknown scheme', settings({ scheme: 'hush' }), /^SOURCES /],
  ['an unknown field', settings({ hush: 1 }), /^SOURCES /],
  ['a bad name', settings({}, { SOURCES: '{"a_b":{"scheme":"stripe"}}' }), /source name/],
  ['no secret', settings({}, { SECRET_SHOP: ' ' }), /^SECRET_SHOP is not set/],
  ['a secret of the other scheme', settings({ scheme: 'standard' }, { SECRET_SHOP: 'hush!!' }), /^SECRET_SHOP /],
  ['plain http', settings({ forward: 'http://hush.example' }), /^forward of source "shop"/],
  ['no tolerance at all', settings({ tolerance_s: 0 }), /^tolerance_s /],
  ['a short token', settings({}, { STATUS_TOKEN: 'hush' }), /^STATUS_TOKEN /],
  ['no shard', settings({}, { SHARDS: '0' }), /^SHARDS /],
  ['a schedule of words', settings({}, { FORWARD_SCHEDULE_MS: 'hush' }), /^FORWARD_SCHEDULE_MS /],
  ['half a checkout', { ...CHECKOUT, CHECKOUT_SECRET: '' }, /^CHECKOUT_SECRET is not set/],
  ['a short checkout secret', { ...CHECKOUT, CHECKOUT_SECRET: 'hush' }, /^CHECKOUT_SECRET /],
  ['a currency nobody has', { ...CHECKOUT, PRICES: '{"tea":{"amount":1,"currency":"zzz"}}' }, /"tea" in PRICES/],
  ['a price of nothing', { ...CHECKOUT, PRICES: '{"tea":{"amount":0,"currency":"usd"}}' }, /"tea" in PRICES/],
  ['an origin with a path', { ...CHECKOUT, ORIGINS: 'https://hush.example/' }, /ORIGINS/],
  ['any origin', { ...CHECKOUT, ORIGINS: '*' }, /ORIGINS/],
]

for (const [name, bindings, sentence] of table) {
  test(name, async (t) => {
    const worker = await start({ bindings })
    t.after(worker.stop)
    for (const [method, path] of [['POST', '/in/shop'], ['GET', '/status'], ['POST', '/checkout/intents'], ['GET', '/healthz']]) {
      const answer = await fetch(worker.url + path, { method })
      const { error } = await answer.json()
      assert.equal(answer.status, 500)
      assert.equal(error.code, 'misconfigured')
      assert.match(error.message, sentence)
      assert.doesNotMatch(error.message, /hush/)
    }
  })
}
