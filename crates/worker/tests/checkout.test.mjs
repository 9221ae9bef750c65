// Intents for a static page: priced here, keyed by the cart, the backend's answers told truthfully.

import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, test } from 'node:test'

import { start } from '../runtime.mjs'
import { serve } from './helpers.mjs'

const SHOP = 'https://shop.example'
const SECRET_KEY = 'sk_test_farthing_secret'
const CHECKOUT_SECRET = 'checkout-secret-of-more-than-32-characters'
const CART = '0190a6d2-8c1e-7b4a-9f3d-5e6c7a8b9d0f'
let backend
let worker
let fails // What the backend does instead, if anything.
const busy = new Set() // Keys whose request has no answer yet.

/** A small backend with the one behaviour that matters: a key is bound to its parameters. */
function intents() {
  const kept = new Map()
  const json = (status, value, headers = {}) => ({
    status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value),
  })
  return (request) => {
    if (fails) return fails
    const looked = /^\/v1\/farthing\/idempotency\/([0-9a-f]{64})$/.exec(request.path)?.[1]
    if (looked) {
      const found = busy.has(looked) ? { status: 'in_progress' } : kept.get(looked)
      return json(200, {
        object: 'farthing.idempotency_record', key: looked, status: found ? (found.status ?? 'finished') : 'unknown', object_id: found?.id ?? null,
      })
    }
    const form = String(request.body)
    const key = request.headers['idempotency-key']
    const changed = /^\/v1\/payment_intents\/(pi_\d+)$/.exec(request.path)?.[1]
    const first = kept.get(key)
    if (first && first.form !== form) {
      return json(400, { error: { type: 'idempotency_error', message: `Use a key other than '${key}' for other parameters.` } })
    }
    const params = new URLSearchParams(form)
    const id = changed ?? first?.id ?? `pi_${kept.size + 1}`
    kept.set(key, { form, id })
    return json(200, {
      id, client_secret: `${id}_secret_x`, amount: Number(params.get('amount')), currency: params.get('currency'), extra: 1,
    })
  }
}

before(async () => {
  backend = await serve(intents())
  const prices = {
    tea: { amount: 1250, currency: 'usd', name: 'A tin of tea' },
    cup: { amount: 800, currency: 'usd' },
    pin: { amount: 10, currency: 'usd' },
    kimono: { amount: 90000, currency: 'jpy' },
    yacht: { amount: 900_000_000_00, currency: 'usd' },
  }
  worker = await start({
    bindings: {
      PRICES: JSON.stringify(prices),
      API_BASE: `${backend.url}/`,
      FARTHING_SECRET_KEY: SECRET_KEY,
      FARTHING_PUBLISHABLE_KEY: 'pk_test_farthing',
      CHECKOUT_SECRET,
      ORIGINS: `${SHOP} http://localhost:5173`,
      CHECKOUT_PER_MINUTE: '1000',
    },
  })
})
after(async () => {
  await worker.stop()
  await backend.stop()
})

function buy(items, { cart_key = CART, origin = SHOP, more = {}, type = 'application/json' } = {}) {
  const headers = { 'content-type': type, ...(origin && { origin }) }
  const body = JSON.stringify({ items, cart_key, ...more })
  return fetch(`${worker.url}/checkout/intents`, { method: 'POST', headers, body })
}

test('the price is named here, the key is made of the cart key', async () => {
  const answer = await buy([{ id: 'tea', quantity: 2 }, { id: 'cup', quantity: 1 }])
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('access-control-allow-origin'), SHOP)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  assert.deepEqual(await answer.json(), {
    id: 'pi_1', client_secret: 'pi_1_secret_x', amount: 3300, currency: 'usd', publishable_key: 'pk_test_farthing',
  })
  const asked = backend.seen.at(-1)
  assert.equal(`${asked.method} ${asked.path}`, 'POST /v1/payment_intents')
  assert.equal(asked.headers.authorization, `Bearer ${SECRET_KEY}`)
  assert.equal(asked.headers['content-type'], 'application/x-www-form-urlencoded')
  const expected = createHmac('sha256', CHECKOUT_SECRET).update(CART).digest('hex')
  assert.equal(asked.headers['idempotency-key'], expected)
  const params = new URLSearchParams(String(asked.body))
  assert.deepEqual([params.get('amount'), params.get('currency'), params.get('metadata[items]')], ['3300', 'usd', 'cup x 1, tea x 2'])
})

test('the same cart, in any order and however often, is the same intent', async () => {
  const again = await Promise.all([
    buy([{ id: 'cup', quantity: 1 }, { id: 'tea', quantity: 2 }]),
    buy([{ id: 'tea', quantity: 1 }, { id: 'cup', quantity: 1 }, { id: 'tea', quantity: 1 }]),
  ])
  for (const answer of again) assert.equal((await answer.json()).id, 'pi_1')
})

test("another cart under the same cart key is the backend's refusal", async () => {
  const answer = await buy([{ id: 'tea', quantity: 3 }])
  assert.equal(answer.status, 400)
  const { error } = await answer.json()
  assert.deepEqual([error.type, error.code], ['idempotency_error', 'idempotency_error'])
  assert.equal(error.message, `Use a key other than '${CART}' for other parameters.`) // Not the key made of it.
})

test('what cannot be priced or keyed never reaches the backend', async () => {
  const sent = backend.seen.length
  const tea = [{ id: 'tea', quantity: 1 }]
  const table = [
    [[], {}, 'cart_size'],
    [[{ id: 'nothing', quantity: 1 }], {}, 'unknown_item'],
    [[{ id: 'tea', quantity: 0 }], {}, 'invalid_quantity'],
    [[{ id: 'tea', quantity: 1001 }], {}, 'invalid_quantity'],
    [[{ id: 'tea', quantity: 600 }, { id: 'tea', quantity: 600 }], {}, 'invalid_quantity'],
    [[{ id: 'tea', quantity: -1 }], {}, 'invalid_cart'],
    [[{ id: 'tea', quantity: 1.5 }], {}, 'invalid_cart'],
    [[{ id: 'tea', quantity: 1, amount: 1 }], {}, 'invalid_cart'],
    [tea, { more: { amount: 1 } }, 'invalid_cart'],
    [[{ id: 'tea', quantity: 1 }, { id: 'kimono', quantity: 1 }], {}, 'currency_mismatch'],
    [[{ id: 'pin', quantity: 1 }], {}, 'amount_too_small'],
    [[{ id: 'yacht', quantity: 1000 }], {}, 'amount_too_large'],
    [tea, { cart_key: 'cart-1' }, 'weak_cart_key'],
    [tea, { cart_key: 'a'.repeat(64) }, 'weak_cart_key'],
    [tea, { cart_key: '' }, 'weak_cart_key'],
    [tea, { cart_key: '0190a6d28c1e7b4a9f3d5e6c7a8b9d0' }, 'weak_cart_key'], // 124 bits.
    [tea, { cart_key: '0123456789abcdef0123456789abcdef' }, 'weak_cart_key'],
    [tea, { cart_key: 'abcdefghijklmnopqrstu' }, 'weak_cart_key'],
    [Array.from({ length: 101 }, () => tea[0]), {}, 'cart_size'],
  ]
  for (const [items, options, code] of table) {
    const answer = await buy(items, options)
    const { error } = await answer.json()
    assert.deepEqual([answer.status, error.code], [400, code], error.message)
  }
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', '', 'application/jsonp']) {
    assert.equal((await buy(tea, { type })).status, 415, type)
  }
  assert.equal(backend.seen.length, sent)
})

test("the backend's failures keep their class; an unknown outcome tells the page to keep its key", async (t) => {
  t.after(() => { fails = undefined })
  const error = (type, code, message) => JSON.stringify({ error: { type, code, message } })
  const table = [
    [{ status: 402, body: error('card_error', 'card_declined', 'No.') }, 402, 'card_declined'],
    [{ status: 409, body: error('idempotency_error', 'idempotency_key_in_use', 'Busy.') }, 409, 'idempotency_key_in_use'],
    [{ status: 429, headers: { 'retry-after': '7' }, body: error('invalid_request_error', 'lock_timeout', 'Busy.') }, 429, 'lock_timeout'],
    [{ status: 500, body: error('api_error', undefined, 'Ours.') }, 500, 'api_error'],
    [{ status: 401, body: error('invalid_request_error', undefined, `Invalid: ${SECRET_KEY}`) }, 401, 'backend_key_refused'],
    [{ status: 503, body: '<html>gateway</html>' }, 502, 'outcome_unknown'],
    [{ status: 200, body: 'not json' }, 502, 'outcome_unknown'],
    [{ status: 302, headers: { location: 'http://127.0.0.1:9/' } }, 502, 'outcome_unknown'],
    [{ status: 0 }, 502, 'outcome_unknown'],
  ]
  for (const [answer, status, code] of table) {
    fails = answer
    const got = await buy([{ id: 'tea', quantity: 2 }, { id: 'cup', quantity: 1 }])
    const text = await got.text()
    assert.deepEqual([got.status, JSON.parse(text).error.code], [status, code], text)
    assert.equal(got.headers.get('access-control-allow-origin'), SHOP, 'the page must be able to read it')
    assert.ok(!text.includes(SECRET_KEY))
    if (status === 429) assert.equal(got.headers.get('retry-after'), '7')
  }
  fails = undefined
  const same = await buy([{ id: 'tea', quantity: 2 }, { id: 'cup', quantity: 1 }])
  assert.equal((await same.json()).id, 'pi_1')
})

test('only pages on the list', async () => {
  const preflight = (origin) =>
    fetch(`${worker.url}/checkout/intents`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
    })
  const allowed = await preflight('http://localhost:5173')
  assert.equal(allowed.status, 204)
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'http://localhost:5173')
  assert.equal(allowed.headers.get('access-control-allow-methods'), 'POST')
  assert.equal(allowed.headers.get('access-control-allow-headers'), 'content-type')
  assert.equal(allowed.headers.get('vary'), 'origin')
  const sent = backend.seen.length
  for (const origin of ['https://evil.example', 'https://shop.example.evil', 'http://shop.example', 'null']) {
    const refused = await preflight(origin)
    assert.equal(refused.status, 403)
    assert.equal(refused.headers.get('access-control-allow-origin'), null)
    assert.equal((await buy([{ id: 'tea', quantity: 1 }], { origin })).status, 403)
  }
  assert.equal(backend.seen.length, sent)
  assert.equal((await buy([{ id: 'tea', quantity: 2 }, { id: 'cup', quantity: 1 }], { origin: worker.url })).status, 200)
})

const UPDATE = '5b8f7c3e-0d51-4c0e-8a57-2f8c1d9e6a10'

function change(id, items, { cart_key = CART, update_key = UPDATE, origin = SHOP, more = {} } = {}) {
  const headers = { 'content-type': 'application/json', ...(origin && { origin }) }
  const body = JSON.stringify({ items, cart_key, update_key, ...more })
  return fetch(`${worker.url}/checkout/intents/${id}`, { method: 'POST', headers, body })
}

test('a cart that changes changes the amount of its own intent, under a key of its own', async () => {
  const answer = await change('pi_1', [{ id: 'tea', quantity: 3 }])
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('access-control-allow-origin'), SHOP)
  assert.deepEqual(await answer.json(), {
    id: 'pi_1', client_secret: 'pi_1_secret_x', amount: 3750, currency: 'usd', publishable_key: 'pk_test_farthing',
  })
  const [looked, asked] = backend.seen.slice(-2)
  const hmac = (text) => createHmac('sha256', CHECKOUT_SECRET).update(text).digest('hex')
  assert.equal(`${looked.method} ${looked.path}`, `GET /v1/farthing/idempotency/${hmac(CART)}`)
  assert.equal(looked.headers.authorization, `Bearer ${SECRET_KEY}`)
  assert.equal(`${asked.method} ${asked.path}`, 'POST /v1/payment_intents/pi_1')
  assert.equal(asked.headers['idempotency-key'], hmac(`${CART}\n${UPDATE}`))
  const params = new URLSearchParams(String(asked.body))
  assert.deepEqual([...params], [['amount', '3750'], ['currency', 'usd'], ['metadata[items]', 'tea x 3']])
  // The same change again is the same request; another under its key is refused in the page's words.
  assert.equal((await change('pi_1', [{ id: 'tea', quantity: 3 }])).status, 200)
  const other = await change('pi_1', [{ id: 'tea', quantity: 4 }])
  assert.equal(other.status, 400)
  assert.equal((await other.json()).error.message, `Use a key other than '${UPDATE}' for other parameters.`)
})

test('no intent but the one of this very cart can be changed', async () => {
  const tea = [{ id: 'tea', quantity: 1 }]
  const writes = () => backend.seen.filter(({ method }) => method === 'POST').length
  const sent = writes()
  const OTHER = '7f3d0a52-91ce-4b7e-a6d4-0c2b8e5f1a33'
  for (const [id, options, status, code] of [
    ['pi_2', {}, 404, 'unknown_intent'],
    ['pi_1', { cart_key: OTHER }, 404, 'unknown_intent'],
    ['pi_1%2F..%2Fpi_2', {}, 404, 'unknown_intent'],
    ['pi_1?x=1', { update_key: 'n-1' }, 400, 'weak_update_key'],
    ['pi_1', { update_key: '' }, 400, 'weak_update_key'],
    ['pi_1', { cart_key: 'cart-1' }, 400, 'weak_cart_key'],
    ['pi_1', { more: { amount: 1 } }, 400, 'invalid_cart'],
    ['pi_1', { more: { update_key: undefined } }, 400, 'invalid_cart'],
    ['pi_1', { origin: 'https://evil.example' }, 403, 'origin_not_allowed'],
  ]) {
    const answer = await change(id, tea, options)
    const { error } = await answer.json()
    assert.deepEqual([answer.status, error.code], [status, code], `${id} ${error.message}`)
  }
  assert.equal((await change('pi_1', [{ id: 'nothing', quantity: 1 }])).status, 400)
  busy.add(createHmac('sha256', CHECKOUT_SECRET).update(OTHER).digest('hex'))
  const early = await change('pi_1', tea, { cart_key: OTHER })
  assert.deepEqual([early.status, early.headers.get('retry-after')], [409, '1'])
  assert.equal((await early.json()).error.code, 'idempotency_key_in_use')
  assert.equal(writes(), sent)
})

test('a change whose outcome is unknown says so', async (t) => {
  t.after(() => { fails = undefined })
  for (const [answer, status, code] of [
    [{ status: 0 }, 502, 'outcome_unknown'],
    [{ status: 200, body: 'not json' }, 502, 'outcome_unknown'],
    [{ status: 401, body: JSON.stringify({ error: { type: 'x', message: SECRET_KEY } }) }, 401, 'backend_key_refused'],
  ]) {
    fails = answer
    const got = await change('pi_1', [{ id: 'tea', quantity: 3 }])
    const text = await got.text()
    assert.deepEqual([got.status, JSON.parse(text).error.code], [status, code], text)
    assert.ok(!text.includes(SECRET_KEY))
  }
})

/** A Worker with a limit of three a minute; `more` says who holds it. */
const limited = (per_minute, more) =>
  start({
    bindings: {
      PRICES: '{"tea":{"amount":1250,"currency":"usd"}}', API_BASE: backend.url, FARTHING_SECRET_KEY: SECRET_KEY,
      FARTHING_PUBLISHABLE_KEY: 'pk_test_farthing', CHECKOUT_SECRET, ORIGINS: SHOP, CHECKOUT_PER_MINUTE: per_minute,
    },
    more,
  })

/** Asks for an intent of one new cart, from an address. */
function visit(url, address) {
  const headers = { 'content-type': 'application/json', origin: SHOP, ...(address && { 'cf-connecting-ip': address }) }
  const body = JSON.stringify({ items: [{ id: 'tea', quantity: 1 }], cart_key: crypto.randomUUID() })
  return fetch(`${url}/checkout/intents`, { method: 'POST', headers, body })
}

test('an address gets so many intents a minute, and is told when to come again', async (t) => {
  const three = await limited('3')
  t.after(three.stop)
  const statuses = async (address, times) => {
    const answers = await Promise.all(Array.from({ length: times }, () => visit(three.url, address)))
    return answers.map(({ status }) => status).sort().join(' ')
  }
  assert.equal(await statuses('192.0.2.1', 5), '200 200 200 429 429')
  const refused = await visit(three.url, '192.0.2.1')
  const wait = Number(refused.headers.get('retry-after'))
  assert.ok(wait >= 15 && wait <= 20, `come again in ${wait} s`)
  assert.equal(refused.headers.get('access-control-allow-origin'), SHOP, 'the page must be able to read it')
  assert.match(refused.headers.get('access-control-expose-headers'), /retry-after/)
  assert.equal((await refused.json()).error.code, 'rate_limited')
  assert.equal(await statuses('192.0.2.2', 1), '200', 'somebody else is not held up')
  // One network of IPv6 is one caller, however many addresses it has.
  assert.equal(await statuses('2001:db8:1:2::1', 3), '200 200 200')
  assert.equal(await statuses('2001:db8:1:2:ffff::9', 1), '429')
  assert.equal(await statuses('2001:db8:1:3::1', 1), '200')
})

test('an object that was idle for so long that the runtime ended it still knows who has asked', { timeout: 60_000 }, async (t) => {
  const three = await limited('3')
  t.after(three.stop)
  const statuses = []
  const visits = async (times) => {
    for (let nth = 0; nth < times; nth++) statuses.push((await visit(three.url, '192.0.2.1')).status)
  }
  await visits(4)
  await new Promise((resolve) => setTimeout(resolve, 12_000))
  await visits(3) // One more every 20 seconds, and 12 have passed.
  assert.deepEqual(statuses, [200, 200, 200, 429, 429, 429, 429])
})

test('the limit can be switched off', async (t) => {
  const off = await limited('0', { durableObjects: { INBOX: { className: 'Inbox', useSQLite: true } } })
  t.after(off.stop)
  const answers = await Promise.all(Array.from({ length: 40 }, () => visit(off.url, '192.0.2.1')))
  assert.ok(answers.every(({ status }) => status === 200))
})

test("the platform's own limit is used where it is bound", async (t) => {
  const more = {
    durableObjects: { INBOX: { className: 'Inbox', useSQLite: true } },
    ratelimits: { RATE_LIMIT: { simple: { limit: 2, period: 60 } } },
  }
  const platform = await limited('30', more)
  t.after(platform.stop)
  const statuses = []
  for (let nth = 0; nth < 4; nth++) statuses.push((await visit(platform.url, '192.0.2.1')).status)
  assert.deepEqual(statuses, [200, 200, 429, 429])
})
