// The official npm client, unmodified, pointed at the server.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import Stripe from 'stripe'
import { Webhook } from 'standardwebhooks'
import { startBackend, startReceiver } from './backend.mjs'

let backend
let stripe

before(async () => {
  backend = await startBackend()
  stripe = client('sk_test_farthing_dev')
})
after(() => backend?.stop())

const client = (key, options = {}) =>
  new Stripe(key, { host: '127.0.0.1', port: backend.port, protocol: 'http', ...options })

const paid = (extra = {}, options) =>
  stripe.paymentIntents.create(
    {
      amount: 2000,
      currency: 'usd',
      payment_method: 'pm_card_visa',
      confirm: true,
      return_url: 'https://example.com/back',
      ...extra,
    },
    options,
  )

const rejection = async (promise) => {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('it was not refused')
}

describe('payments', () => {
  test('create, then confirm', async () => {
    const created = await stripe.paymentIntents.create({
      amount: 1999,
      currency: 'eur',
      metadata: { order: '6735', note: 'a&b=c [d] ü' },
    })
    assert.equal(created.status, 'requires_payment_method')
    assert.match(created.id, /^pi_3[0-9A-Za-z]{23}$/)
    assert.match(created.client_secret, new RegExp(`^${created.id}_secret_[0-9A-Za-z]{25}$`))
    assert.deepEqual({ ...created.metadata }, { order: '6735', note: 'a&b=c [d] ü' })
    assert.match(created.lastResponse.requestId, /^req_[0-9A-Za-z]{14}$/)
    const confirmed = await stripe.paymentIntents.confirm(created.id, {
      payment_method: 'pm_card_visa',
      return_url: 'https://example.com/back',
    })
    assert.equal(confirmed.status, 'succeeded')
    assert.equal(confirmed.amount_received, 1999)
    assert.equal(confirmed.currency, 'eur')
  })

  test('hold, capture a part', async () => {
    const held = await paid({ capture_method: 'manual' })
    assert.equal(held.status, 'requires_capture')
    assert.equal(held.amount_capturable, 2000)
    const captured = await stripe.paymentIntents.capture(held.id, { amount_to_capture: 1500 })
    assert.equal(captured.status, 'succeeded')
    assert.equal(captured.amount_received, 1500)
    assert.equal(captured.amount_capturable, 0)
    const charge = await stripe.charges.retrieve(captured.latest_charge)
    assert.equal(charge.amount_captured, 1500)
    assert.equal(charge.amount_refunded, 0)
    assert.equal(charge.captured, true)
    const again = await rejection(stripe.paymentIntents.capture(held.id))
    assert.equal(again.code, 'payment_intent_unexpected_state')
    assert.equal(again.payment_intent.id, held.id)
  })

  test('hold, then cancel', async () => {
    const held = await paid({ capture_method: 'manual' })
    const canceled = await stripe.paymentIntents.cancel(held.id, {
      cancellation_reason: 'abandoned',
    })
    assert.equal(canceled.status, 'canceled')
    assert.equal(canceled.cancellation_reason, 'abandoned')
  })

  test('refund a part, then the rest, then no more', async () => {
    const intent = await paid()
    const part = await stripe.refunds.create({
      payment_intent: intent.id,
      amount: 700,
      reason: 'requested_by_customer',
    })
    assert.equal(part.status, 'succeeded')
    assert.equal(part.amount, 700)
    const tooMuch = await rejection(
      stripe.refunds.create({ payment_intent: intent.id, amount: 1301 }),
    )
    assert.equal(tooMuch.param, 'amount')
    assert.match(tooMuch.message, /\$13\.01.*\$13\.00/)
    const rest = await stripe.refunds.create({ charge: intent.latest_charge })
    assert.equal(rest.amount, 1300)
    const none = await rejection(stripe.refunds.create({ payment_intent: intent.id }))
    assert.equal(none.code, 'charge_already_refunded')
    const charge = await stripe.charges.retrieve(intent.latest_charge)
    assert.equal(charge.refunded, true)
    assert.equal(charge.amount_refunded, 2000)
  })

  test('update', async () => {
    const intent = await stripe.paymentIntents.create({
      amount: 1000,
      currency: 'usd',
      metadata: { a: '1', b: '2' },
    })
    const updated = await stripe.paymentIntents.update(intent.id, {
      amount: 1200,
      metadata: { a: '', c: '3' },
      description: 'boots',
    })
    assert.equal(updated.amount, 1200)
    assert.deepEqual({ ...updated.metadata }, { b: '2', c: '3' })
    assert.equal(updated.description, 'boots')
  })
})

describe('reads', () => {
  test('lists page by themselves, newest first', async () => {
    const made = []
    for (let n = 0; n < 25; n += 1) {
      const intent = await stripe.paymentIntents.create({ amount: 100 + n, currency: 'gbp' })
      made.unshift(intent.id)
    }
    const seen = []
    for await (const intent of stripe.paymentIntents.list({ limit: 10 })) {
      if (intent.currency === 'gbp') seen.push(intent.id)
    }
    assert.deepEqual(seen, made)
    const backwards = await stripe.paymentIntents.list({ limit: 3, ending_before: made[5] })
    assert.deepEqual(
      backwards.data.map(({ id }) => id),
      made.slice(2, 5),
    )
    assert.equal(backwards.url, '/v1/payment_intents')
  })

  test('expand', async () => {
    const intent = await paid({ expand: ['latest_charge', 'payment_method'] })
    assert.equal(intent.latest_charge.object, 'charge')
    assert.equal(intent.payment_method.card.last4, '4242')
    const refetched = await stripe.paymentIntents.retrieve(intent.id, {
      expand: ['latest_charge.balance_transaction'],
    })
    const line = refetched.latest_charge.balance_transaction
    assert.equal(line.amount, 2000)
    assert.equal(line.fee, 88)
    assert.equal(line.net, 1912)
    const listed = await stripe.charges.list({
      payment_intent: intent.id,
      expand: ['data.payment_intent'],
    })
    assert.equal(listed.data[0].payment_intent.id, intent.id)
    const wrong = await rejection(
      stripe.paymentIntents.retrieve(intent.id, { expand: ['nonsense'] }),
    )
    assert.equal(wrong.type, 'StripeInvalidRequestError')
  })

  test('the balance is what was taken, less fees and refunds', async () => {
    const before = await stripe.balance.retrieve()
    const pending = (balance) =>
      balance.pending.find(({ currency }) => currency === 'nok')?.amount ?? 0
    const intent = await paid({ amount: 10000, currency: 'nok' })
    await stripe.refunds.create({ payment_intent: intent.id, amount: 1000 })
    const afterwards = await stripe.balance.retrieve()
    assert.equal(pending(afterwards) - pending(before), 10000 - (290 + 30) - 1000)
  })
})

describe('refusals', () => {
  test('an unknown id', async () => {
    const error = await rejection(stripe.paymentIntents.retrieve('pi_nonsense'))
    assert.equal(error.type, 'StripeInvalidRequestError')
    assert.equal(error.statusCode, 404)
    assert.equal(error.code, 'resource_missing')
    assert.equal(error.param, 'intent')
    assert.equal(error.message, "No such payment_intent: 'pi_nonsense'")
  })

  test('a declined card', async () => {
    const error = await rejection(
      paid({ payment_method: 'pm_card_visa_chargeDeclinedInsufficientFunds' }),
    )
    assert.ok(error instanceof Stripe.errors.StripeCardError)
    assert.equal(error.statusCode, 402)
    assert.equal(error.code, 'card_declined')
    assert.equal(error.decline_code, 'insufficient_funds')
    assert.equal(error.payment_intent.status, 'requires_payment_method')
    assert.equal(error.payment_intent.last_payment_error.payment_method.card.last4, '9995')
    const charge = await stripe.charges.retrieve(error.charge)
    assert.equal(charge.status, 'failed')
    assert.equal(charge.failure_code, 'card_declined')
  })

  test('a wrong key', async () => {
    const error = await rejection(client('sk_test_wrong_1234').balance.retrieve())
    assert.ok(error instanceof Stripe.errors.StripeAuthenticationError)
    assert.doesNotMatch(error.message, /sk_test_wrong_1234/)
  })

  test('an unknown parameter', async () => {
    const error = await rejection(
      stripe.paymentIntents.create({ amount: 100, currency: 'usd', nope: { deep: 1 } }),
    )
    assert.equal(error.code, 'parameter_unknown')
    assert.match(error.message, /^Received unknown parameter: nope/)
  })
})

describe('idempotency', () => {
  test('a retry is answered with the same object', async () => {
    const key = `order-${process.pid}-1`
    const first = await paid({}, { idempotencyKey: key })
    const second = await paid({}, { idempotencyKey: key })
    assert.equal(second.id, first.id)
    assert.equal(second.lastResponse.headers['idempotent-replayed'], 'true')
    assert.equal(second.lastResponse.headers['original-request'], first.lastResponse.requestId)
    assert.equal(first.lastResponse.headers['idempotent-replayed'], undefined)
    const charges = await stripe.charges.list({ payment_intent: first.id })
    assert.equal(charges.data.length, 1)
  })

  test('a decline is replayed too', async () => {
    const key = `order-${process.pid}-2`
    const decline = () =>
      rejection(paid({ payment_method: 'pm_card_chargeDeclined' }, { idempotencyKey: key }))
    const [first, second] = [await decline(), await decline()]
    assert.equal(second.charge, first.charge)
    assert.equal(second.headers['idempotent-replayed'], 'true')
  })

  test('the same key with other parameters', async () => {
    const key = `order-${process.pid}-3`
    await paid({}, { idempotencyKey: key })
    const error = await rejection(paid({ amount: 2001 }, { idempotencyKey: key }))
    assert.ok(error instanceof Stripe.errors.StripeIdempotencyError)
    assert.equal(error.statusCode, 400)
    assert.match(error.message, /amount/)
  })
})

describe('webhooks', () => {
  test('a delivery is accepted by both official verifiers', async () => {
    const receiver = await startReceiver()
    const endpoint = await stripe.webhookEndpoints.create({
      url: receiver.url,
      enabled_events: ['payment_intent.succeeded'],
    })
    assert.match(endpoint.secret, /^whsec_[0-9A-Za-z]{32}$/)
    const intent = await paid({ description: 'Zürich – 1 ☕' })
    const delivery = await receiver.waitFor(({ body }) => body.includes(intent.id))
    const event = stripe.webhooks.constructEvent(
      delivery.body,
      delivery.headers['stripe-signature'],
      endpoint.secret,
    )
    assert.equal(event.type, 'payment_intent.succeeded')
    assert.equal(event.data.object.id, intent.id)
    assert.equal(event.data.object.description, 'Zürich – 1 ☕')
    assert.equal(event.request.idempotency_key.startsWith('stripe-node-retry-'), true)
    assert.throws(() =>
      stripe.webhooks.constructEvent(
        delivery.body + ' ',
        delivery.headers['stripe-signature'],
        endpoint.secret,
      ),
    )
    const standard = new Webhook(endpoint.secret).verify(delivery.body.toString(), delivery.headers)
    assert.equal(standard.id, event.id)
    const stored = await stripe.events.retrieve(event.id)
    assert.equal(stored.data.object.id, intent.id)
    const kept = await stripe.webhookEndpoints.retrieve(endpoint.id)
    assert.equal(kept.secret, undefined)
    const gone = await stripe.webhookEndpoints.del(endpoint.id)
    assert.equal(gone.deleted, true)
    await receiver.stop()
  })

  test('an endpoint that fails is tried again with the same event', async () => {
    const receiver = await startReceiver((_, count) => (count < 3 ? 500 : 200))
    const endpoint = await stripe.webhookEndpoints.create({
      url: receiver.url,
      enabled_events: ['charge.succeeded'],
    })
    await paid()
    await receiver.waitFor(() => receiver.received.length >= 3)
    const ids = receiver.received.map(({ body }) => JSON.parse(body).id)
    assert.equal(new Set(ids).size, 1)
    await stripe.webhookEndpoints.del(endpoint.id)
    await receiver.stop()
  })
})
