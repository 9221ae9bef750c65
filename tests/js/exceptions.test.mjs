// Which class the official npm client raises for each status and type of error: of the server's own
// answers, and of those that it never gives, from a stand-in.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import Stripe from 'stripe'
import { startBackend } from './backend.mjs'

let backend
let faulty
let standIn

before(async () => {
  backend = await startBackend()
  // The answers to the second and the third call are lost, and nobody learns what became of them.
  const faults = 'at=2:lost_after,at=3:lost_after,lookup_lost=1'
  faulty = await startBackend({
    args: ['--simulator-faults', faults, '--network-timeout-ms', '200'],
  })
  standIn = await startStandIn()
})
after(async () => {
  standIn?.server.close()
  await Promise.all([backend?.stop(), faulty?.stop()])
})

const client = (port, key = 'sk_test_farthing_dev') =>
  new Stripe(key, { host: '127.0.0.1', port, protocol: 'http', maxNetworkRetries: 0 })

const pay = (extra = {}) => ({
  amount: 1000,
  currency: 'usd',
  payment_method: 'pm_card_visa',
  confirm: true,
  return_url: 'https://example.com/back',
  ...extra,
})

/** Says whatever its path names: `/v1/customers/400,invalid_request_error,rate_limit`. */
async function startStandIn() {
  const server = createServer((request, response) => {
    const [status, type, code] = decodeURIComponent(request.url.split('/').at(-1)).split(',')
    const error = { type, code, message: 'No.' }
    response.writeHead(Number(status), { 'Content-Type': 'application/json' })
    response.end(JSON.stringify({ error }))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, port: server.address().port }
}

const raised = async (promise) => {
  try {
    await promise
  } catch (error) {
    return [error.statusCode, error.rawType, error.code ?? '-', error.type].join(' ')
  }
  return 'nothing'
}

test('what the server refuses', async () => {
  const stripe = client(backend.port)
  const once = { idempotencyKey: 'exceptions-1' }
  await stripe.paymentIntents.create(pay(), once)
  const rows = [
    [
      () => stripe.paymentIntents.create(pay({ amount: 1001 }), once),
      '400 idempotency_error - StripeIdempotencyError',
    ],
    [
      () => stripe.paymentIntents.create({ amount: 1, currency: 'usd' }),
      '400 invalid_request_error amount_too_small StripeInvalidRequestError',
    ],
    [
      () => stripe.charges.retrieve('ch_none'),
      '404 invalid_request_error resource_missing StripeInvalidRequestError',
    ],
    [
      () => client(backend.port, 'sk_test_wrong_1234').balance.retrieve(),
      '401 invalid_request_error - StripeAuthenticationError',
    ],
    [
      () => stripe.paymentIntents.create(pay({ payment_method: 'pm_card_chargeDeclined' })),
      '402 card_error card_declined StripeCardError',
    ],
    [
      () => client(backend.port, 'pk_test_farthing_dev').balance.retrieve(),
      '403 invalid_request_error secret_key_required StripePermissionError',
    ],
  ]
  for (const [call, expected] of rows) assert.equal(await raised(call()), expected)
})

test('what the server cannot say yet', async () => {
  const stripe = client(faulty.port)
  const once = { idempotencyKey: 'exceptions-2' }
  const held = await stripe.paymentIntents.create(pay({ capture_method: 'manual' }))
  assert.equal(
    await raised(stripe.paymentIntents.capture(held.id)),
    '500 api_error - StripeAPIError',
  )
  const open = await stripe.paymentIntents.create(pay(), once)
  assert.equal(open.status, 'processing')
  assert.equal(
    await raised(stripe.paymentIntents.cancel(open.id)),
    '429 invalid_request_error lock_timeout StripeRateLimitError',
  )
  assert.equal(
    await raised(stripe.paymentIntents.create(pay(), once)),
    '409 idempotency_error idempotency_key_in_use StripeAPIError',
  )
})

test('what the server never says', async () => {
  const stripe = client(standIn.port)
  for (const [said, expected] of [
    ['400,invalid_request_error,rate_limit', 'StripeRateLimitError'],
    ['404,idempotency_error,', 'StripeIdempotencyError'],
    ['424,invalid_request_error,', 'StripeAPIError'],
    ['502,api_error,', 'StripeAPIError'],
    ['503,api_error,', 'StripeAPIError'],
    ['504,api_error,', 'StripeAPIError'],
  ]) {
    const [status, type, code] = said.split(',')
    const words = `${status} ${type} ${code} ${expected}`
    assert.equal(await raised(stripe.customers.retrieve(said)), words, said)
  }
})
