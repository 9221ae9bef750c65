// The client against the real backend, with faults between the two.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createClient } from '@farthing/sdk/client'
import { openShop } from '../support/real-shop.mjs'

const SECRET_KEY = 'sk_test_farthing_dev'
const PAID = {
  amount: 2000n,
  currency: 'usd',
  payment_method: 'pm_card_visa',
  confirm: true,
  return_url: 'https://example.com/back',
}

let shop
let client

before(async () => {
  shop = await openShop()
  client = shop.client
})
after(() => shop?.close())

/** The client over a connection that does what it is told with each request, in order. */
function over(...faults) {
  const keys = []
  const send = async (url, init) => {
    keys.push(new Headers(init.headers).get('idempotency-key'))
    const fault = faults.shift()
    if (fault === 'request lost') throw new TypeError('fetch failed')
    const response = await fetch(url, init)
    if (fault === 'answer lost') throw new TypeError('fetch failed')
    return response
  }
  return { client: createClient(SECRET_KEY, { apiBase: shop.backend.url, fetch: send }), keys }
}

test('an intent’s whole life', async () => {
  const { paymentIntents } = client
  const made = await paymentIntents.create({
    amount: 1999n,
    currency: 'eur',
    metadata: { order: '6735', note: 'a&b=c [d] ü' },
    capture_method: 'manual',
  })
  assert.deepEqual(
    [made.amount, made.amount_received, made.status],
    [1999n, 0n, 'requires_payment_method'],
  )
  assert.deepEqual(made.metadata, { order: '6735', note: 'a&b=c [d] ü' })
  const { id } = made
  assert.equal((await paymentIntents.update(id, { amount: 2500n })).amount, 2500n)
  const confirmed = { payment_method: 'pm_card_visa', return_url: 'https://example.com/back' }
  const held = await paymentIntents.confirm(id, confirmed)
  assert.deepEqual([held.status, held.amount_capturable], ['requires_capture', 2500n])
  const captured = await paymentIntents.capture(id, { amount_to_capture: 2400n })
  assert.deepEqual([captured.status, captured.amount_received], ['succeeded', 2400n])
  const refund = await client.refunds.create({ payment_intent: id, amount: 400n })
  assert.deepEqual([refund.amount, refund.currency], [400n, 'eur'])
  assert.equal((await client.refunds.retrieve(refund.id)).payment_intent, id)
  const [latest] = (await client.refunds.list({ payment_intent: id })).data
  assert.equal(latest.id, refund.id)
  const whole = await paymentIntents.retrieve(id, { expand: ['latest_charge'] })
  assert.equal(whole.latest_charge.amount_captured, 2400n)
})

test('a canceled intent refuses what comes next, in the wire’s own words', async () => {
  const { id } = await client.paymentIntents.create({ amount: 1000n, currency: 'usd' })
  assert.equal((await client.paymentIntents.cancel(id)).status, 'canceled')
  await assert.rejects(client.paymentIntents.cancel(id), (error) => {
    assert.equal(error.wire.status, 400)
    assert.equal(error.wire.code, 'payment_intent_unexpected_state')
    assert.match(error.wire.requestId, /^req_/)
    return error.code === 'request_refused'
  })
})

test('a decline, a wrong key, a wrong id', async () => {
  const declined = { ...PAID, payment_method: 'pm_card_visa_chargeDeclinedInsufficientFunds' }
  await assert.rejects(client.paymentIntents.create(declined), (error) => {
    return error.code === 'card_declined' && error.wire.declineCode === 'insufficient_funds'
  })
  const stranger = createClient('sk_test_nobody', { apiBase: shop.backend.url })
  await assert.rejects(stranger.paymentIntents.list(), { code: 'unauthorized' })
  await assert.rejects(client.paymentIntents.retrieve('pi_nope'), (error) => {
    return error.code === 'request_refused' && error.wire.code === 'resource_missing'
  })
})

for (const fault of ['request lost', 'answer lost']) {
  test(`${fault}: tried again under the same key, and charged once`, async () => {
    const start = await shop.book()
    const { client: shaky, keys } = over(fault)
    const paid = await shaky.paymentIntents.create(PAID)
    assert.equal(paid.status, 'succeeded')
    assert.equal(keys.length, 2)
    assert.equal(new Set(keys).size, 1)
    assert.equal((await shop.book()).charges, start.charges + 1)
  })
}

test('an answer that never came is looked up by its key, or had by repeating the call', async () => {
  const start = await shop.book()
  const { client: shaky } = over('answer lost')
  const failed = await shaky.paymentIntents.create(PAID, { retriesMax: 0 }).catch((error) => error)
  assert.equal(failed.code, 'outcome_unknown')
  const { idempotencyKey } = failed
  const record = await client.idempotency.retrieve(idempotencyKey)
  assert.deepEqual(
    [record.key, record.status, record.response_status],
    [idempotencyKey, 'finished', 200],
  )
  const { method, path } = record.request
  assert.deepEqual([method, path], ['POST', '/v1/payment_intents'])
  const again = await client.paymentIntents.create(PAID, { idempotencyKey })
  assert.equal(again.id, record.object_id)
  assert.equal((await shop.book()).charges, start.charges + 1)
  await assert.rejects(
    client.paymentIntents.create({ ...PAID, amount: 3n ** 7n }, { idempotencyKey }),
    {
      code: 'key_reused',
    },
  )
})

test('a key that never arrived is unknown', async () => {
  const { client: shaky } = over('request lost')
  const failed = await shaky.paymentIntents.create(PAID, { retriesMax: 0 }).catch((error) => error)
  const record = await client.idempotency.retrieve(failed.idempotencyKey)
  assert.deepEqual([record.status, record.object_id], ['unknown', null])
})

test('lists are walked to the end, in order, and each once', async () => {
  const made = []
  for (let n = 0; n < 7; n += 1) {
    made.push(
      (await client.paymentIntents.create({ amount: 100n + BigInt(n), currency: 'chf' })).id,
    )
  }
  const seen = []
  for await (const { id, currency } of await client.paymentIntents.list({ limit: 3 })) {
    if (currency === 'chf') seen.push(id)
  }
  assert.deepEqual(seen, made.reverse())
})

test('events say what happened, amounts included', async () => {
  const paid = await client.paymentIntents.create(PAID)
  const { data } = await client.events.list({ type: 'payment_intent.succeeded', limit: 1 })
  const event = await client.events.retrieve(data[0].id)
  assert.equal(event.data.object.id, paid.id)
  assert.equal(event.data.object.amount_received, 2000n)
})
