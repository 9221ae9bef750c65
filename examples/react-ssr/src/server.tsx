// Renders the checkout, serves its script, creates intents, and keeps the cart's id in a cookie.
//
//   FARTHING_URL             where Farthing answers        http://127.0.0.1:4242
//   FARTHING_SECRET_KEY      the merchant's secret key     sk_test_farthing_dev
//   FARTHING_PUBLISHABLE_KEY the page's key                pk_test_farthing_dev
//   PORT                     where this server answers     4244
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createClient } from '@farthing/sdk/client'
import { newKey } from '@farthing/sdk/idempotency'
import { displayMoney } from '@farthing/sdk/money'
import { renderToString } from 'react-dom/server'
import { Checkout, type CheckoutProps } from './checkout.js'

const apiBase = process.env.FARTHING_URL ?? 'http://127.0.0.1:4242'
const publishableKey = process.env.FARTHING_PUBLISHABLE_KEY ?? 'pk_test_farthing_dev'
const client = createClient(process.env.FARTHING_SECRET_KEY ?? 'sk_test_farthing_dev', { apiBase })

const PRICE = { amount: 7187n, currency: 'usd' }
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; " +
  `connect-src 'self' ${apiBase}; frame-src ${apiBase}; base-uri 'none'; form-action 'self'`

const server = createServer((request, response) => {
  route(request, response).catch((error: unknown) => {
    console.error(error)
    response.writeHead(500).end()
  })
})

async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const send = (type: string, body: string | Uint8Array): void => {
    const headers = { 'Content-Type': type, 'Content-Security-Policy': POLICY }
    response.writeHead(200, headers).end(body)
  }
  const path = request.url ?? '/'
  if (request.method === 'POST' && path === '/intents') {
    const { cartId, key } = JSON.parse(await bodyOf(request)) as { cartId: string; key: string }
    const params = { ...PRICE, metadata: { cart: cartId } }
    const intent = await client.paymentIntents.create(params, { idempotencyKey: key })
    const answer = { id: intent.id, clientSecret: intent.client_secret }
    return send('application/json', JSON.stringify(answer))
  }
  if (request.method === 'POST' && path === '/orders') {
    // The order is paid: the next one is another cart.
    response.writeHead(303, { Location: '/', 'Set-Cookie': cookieOf(newKey()) }).end()
    return
  }
  if (path === '/') {
    // One id for each order, and the same one after a reload: it is what makes two clicks one payment.
    const cartId = cartOf(request) ?? newKey()
    response.setHeader('Set-Cookie', cookieOf(cartId))
    return send('text/html; charset=utf-8', document(cartId))
  }
  if (/^\/[\w-]+\.js$/.test(path)) {
    return send('text/javascript', await readFile(new URL(`client${path}`, import.meta.url)))
  }
  response.writeHead(404).end()
}

function cartOf({ headers }: IncomingMessage): string | undefined {
  return /(?:^|; )cart=([\w-]{1,200})(?:;|$)/.exec(headers.cookie ?? '')?.[1]
}

function cookieOf(cartId: string): string {
  return `cart=${cartId}; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800`
}

function document(cartId: string): string {
  const props: CheckoutProps = {
    apiBase,
    publishableKey,
    cartId,
    amount: String(PRICE.amount),
    currency: PRICE.currency,
    price: displayMoney(PRICE, { locale: 'en-US' }),
  }
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Checkout</title>
    <link rel="icon" href="data:,">
  </head>
  <body>
    <div id="root">${renderToString(<Checkout {...props} />)}</div>
    <script id="props" type="application/json">${JSON.stringify(props).replaceAll('<', '\\u003c')}</script>
    <script type="module" src="/client.js"></script>
  </body>
</html>
`
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return body
}

server.listen(Number(process.env.PORT ?? 4244), '127.0.0.1', () => {
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  console.log(`The shop is at http://127.0.0.1:${port}`)
})
