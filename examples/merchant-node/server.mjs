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
    case 'POST /checkout/intents': {
      const { items, cart_key: cartKey } = JSON.parse(await bodyOf(request))
      return answer(200, await createIntent(items, cartKey))
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

/** The cart's key makes a second click, a reload or a lost answer the same intent. */
async function createIntent(items, cartKey) {
  if (typeof cartKey !== 'string' || cartKey.length < 22)
    throw new CartError('The cart has no key.')
  const { amount, currency } = priceOf(items)
  const intent = await stripe.paymentIntents.create(
    { amount, currency, automatic_payment_methods: { enabled: true } },
    { idempotencyKey: `cart-${cartKey}` },
  )
  return { id: intent.id, client_secret: intent.client_secret, amount, currency }
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
