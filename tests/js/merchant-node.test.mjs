// The example of a merchant's server, run as its README says.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { startBackend } from './backend.mjs'

const example = fileURLToPath(new URL('../../examples/merchant-node', import.meta.url))
const items = [
  { id: 'field-notebook', quantity: 2 },
  { id: 'brass-pen', quantity: 1 },
]
let backend
let shop
let address

before(async () => {
  backend = await startBackend()
  const env = { ...process.env, FARTHING_URL: backend.url, PORT: '0' }
  shop = spawn(process.execPath, ['server.mjs'], {
    cwd: example,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface({ input: shop.stdout }), 'line')
  address = line.replace('ready ', '')
})
after(async () => {
  shop?.kill('SIGTERM')
  await backend?.stop()
})

const post = async (body, path = '/checkout/intents') => {
  const response = await fetch(`${address}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
  })
  return { status: response.status, body: await response.json() }
}

test('a cart becomes one intent, however often it is asked for, and its webhook marks the order paid', async () => {
  const cart = { items, cart_key: 'c0ffee00-0000-4000-8000-000000000001' }
  const [first, second] = [await post(cart), await post(cart)]
  assert.equal(first.status, 200)
  assert.equal(first.body.amount, 2 * 1450 + 3800)
  assert.deepEqual(second.body, first.body)
  const confirm = await fetch(`${backend.url}/v1/payment_intents/${first.body.id}/confirm`, {
    method: 'POST',
    headers: { Authorization: 'Bearer pk_test_farthing_dev' },
    body: new URLSearchParams({
      client_secret: first.body.client_secret,
      payment_method: 'pm_card_visa',
      return_url: 'https://example.com/back',
    }),
  })
  assert.equal(confirm.status, 200)
  const until = Date.now() + 15_000
  let orders = []
  while (orders.length === 0 && Date.now() < until) {
    orders = await (await fetch(`${address}/orders`)).json()
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  assert.deepEqual(orders, [{ id: first.body.id, amount: 6700, currency: 'usd' }])
})

test('a cart that changed before its intent was known gets the intent it has, and has it changed', async () => {
  const cart_key = 'c0ffee00-0000-4000-8000-000000000002'
  const first = await post({ items, cart_key })
  const changed = { items: items.slice(1), cart_key }
  const found = await post(changed)
  assert.deepEqual(found, first, 'the same intent, at its own amount')
  const { id } = first.body
  const update = { ...changed, id, update_key: `${cart_key}-u1` }
  const now = await post(update, '/checkout/intents/update')
  assert.deepEqual(now, { status: 200, body: { ...first.body, amount: 3800 } })
  assert.deepEqual(await post(update, '/checkout/intents/update'), now, 'and again')
})

test('an intent is changed for its own cart alone', async () => {
  const [own, foreign] = ['3', '4'].map((digit) => `c0ffee00-0000-4000-8000-00000000000${digit}`)
  const { body: intent } = await post({ items, cart_key: own })
  const update = { items: items.slice(1), id: intent.id, cart_key: foreign, update_key: foreign }
  const refused = await post(update, '/checkout/intents/update')
  assert.deepEqual(refused, {
    status: 400,
    body: { error: { message: 'That is not the intent of this cart.' } },
  })
  assert.equal((await post({ items, cart_key: own })).body.amount, intent.amount)
})

test('a cart that makes no sense is refused with a sentence', async () => {
  const refused = await post({
    items: [{ id: 'yacht', quantity: 1 }],
    cart_key: 'c0ffee00-0000-4000-8000-000000000005',
  })
  assert.deepEqual(refused, {
    status: 400,
    body: { error: { message: 'There is no product yacht.' } },
  })
})
