// A merchant's server in one file: the official stripe package, pointed at Farthing.
//
//   FARTHING_URL        where Farthing answers          http://127.0.0.1:4242
//   FARTHING_SECRET_KEY the merchant's secret key       sk_test_farthing_dev
//   WEBHOOK_SECRET      the endpoint's signing secret   made at start if absent
//   ORIGIN              the page that may call us       http://127.0.0.1:8080
//   PORT                where this server answers       4243
import { createServer } from 'node:http'
import Stripe from 'stripe'
import { CartError, orders, priceOf } from './shop.mjs'

const BODY_MAX = 64 * 1024

const backend = new URL(process.env.FARTHING_URL ?? 'http://127.0.0.1:4242')
const origin = process.env.ORIGIN ?? 'http://127.0.0.1:8080'
const stripe = new Stripe(process.env.FARTHING_SECRET_KEY ?? 'sk_test_farthing_dev', {
  host: backend.hostname,
  port: backend.port,
  protocol: backend.protocol.slice(0, -1),
})
const shop = orders()
let webhookSecret = process.env.WEBHOOK_SECRET

const server = createServer((request, response) => {
  const cors = {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Headers': 'content-type',
  }
  const answer = (status, body) =>
    response
      .writeHead(status, { 'Content-Type': 'application/json', ...cors })
      .end(JSON.stringify(body))
  route(request, answer).catch((error) => answer(...refusal(error)))
})

async function route(request, answer) {
  switch (`${request.method} ${request.url}`) {
    case 'OPTIONS /checkout/intents':
      return answer(200, {})
    case 'OPTIONS /checkout/intents/update':
      return answer(200, {})
    case 'POST /checkout/intents': {
      const { items, cart_key: cartKey } = JSON.parse(await bodyOf(request))
      return answer(200, await createIntent(items, cartKey))
    }
    case 'POST /checkout/intents/update': {
      const { items, id, cart_key: cartKey, update_key: key } = JSON.parse(await bodyOf(request))
      return answer(200, await updateIntent({ items, id, cartKey, key }))
    }
    case 'POST /webhooks':
      // Verified over the raw bytes, before anything is parsed.
      return answer(200, accept(await bodyOf(request), request.headers['stripe-signature']))
    case 'GET /orders':
      return answer(200, shop.all())
    default:
      return answer(404, { error: { message: 'There is nothing here.' } })
  }
}

/**
 * The cart's key makes a second click, a reload or a lost answer the same intent. A cart that changed
 * meanwhile still gets the intent it has, at that intent's own amount: the page then asks for the
 * change, and never for a second intent.
 */
async function createIntent(items, cartKey) {
  const idempotencyKey = keyOf(cartKey)
  const { amount, currency } = priceOf(items)
  const params = {
    amount,
    currency,
    automatic_payment_methods: { enabled: true },
    metadata: { cart_key: cartKey },
  }
  const intent = await stripe.paymentIntents
    .create(params, { idempotencyKey })
    .catch((error) => intentUnder(idempotencyKey, error))
  return shown(intent)
}

/** Sets the cart's own intent to what the cart comes to now. The price is ours, never the page's. */
async function updateIntent({ items, id, cartKey, key }) {
  keyOf(cartKey)
  const { amount, currency } = priceOf(items)
  const intent = await stripe.paymentIntents.retrieve(String(id))
  if (intent.metadata.cart_key !== cartKey)
    throw new CartError('That is not the intent of this cart.')
  const idempotencyKey = `update-${keyOf(key)}`
  return shown(
    await stripe.paymentIntents.update(intent.id, { amount, currency }, { idempotencyKey }),
  )
}

/** The intent that a key has made, if the key is the reason why it cannot make another. */
async function intentUnder(idempotencyKey, error) {
  if (!(error instanceof Stripe.errors.StripeIdempotencyError)) throw error
  const path = `/v1/farthing/idempotency/${encodeURIComponent(idempotencyKey)}`
  const { object_id: id } = await stripe.rawRequest('GET', path)
  if (typeof id !== 'string') throw error
  return stripe.paymentIntents.retrieve(id)
}

function keyOf(key) {
  if (typeof key === 'string' && key.length >= 22) return `cart-${key}`
  throw new CartError('The cart has no key.')
}

function shown({ id, client_secret, amount, currency }) {
  return { id, client_secret, amount, currency }
}

function accept(body, signature) {
  const event = stripe.webhooks.constructEvent(body, signature, webhookSecret)
  if (event.type === 'payment_intent.succeeded') shop.markPaid(event.data.object)
  return { received: true }
}

async function bodyOf(request) {
  const chunks = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length > BODY_MAX) throw new CartError('The body is too large.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Whose fault it was: the caller's, or ours and the page may try again with the same key. */
function refusal(error) {
  if (error instanceof CartError || error instanceof SyntaxError)
    return [400, { error: { message: error.message } }]
  if (error instanceof Stripe.errors.StripeSignatureVerificationError) {
    return [400, { error: { message: 'The signature does not match.' } }]
  }
  if (
    error instanceof Stripe.errors.StripeError &&
    error.statusCode !== undefined &&
    error.statusCode < 500
  ) {
    return [error.statusCode, { error: { code: error.code, message: error.message } }]
  }
  return [503, { error: { message: 'The payment service did not answer. Try again.' } }]
}

server.listen(Number(process.env.PORT ?? 4243), '127.0.0.1', async () => {
  const address = `http://127.0.0.1:${server.address().port}`
  if (webhookSecret === undefined) {
    const endpoint = await stripe.webhookEndpoints.create({
      url: `${address}/webhooks`,
      enabled_events: ['payment_intent.succeeded'],
    })
    webhookSecret = endpoint.secret
  }
  console.log(`ready ${address}`)
})
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => server.close(() => process.exit(0)))
