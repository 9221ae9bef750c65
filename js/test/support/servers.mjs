// The two origins of a checkout, each on a port of its own: the shop's static page, and the payment
// service with the card frame, the package and the fake backend behind it.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'

const root = new URL('../../../', import.meta.url)
const FRAME = 'crates/server/assets/frame/'
const PAYMENT_FILES = {
  '/farthing/frame': `${FRAME}frame.html`,
  '/farthing/frame.js': `${FRAME}frame.js`,
  '/farthing/frame.css': `${FRAME}frame.css`,
  '/js/farthing.js': 'js/dist/farthing.js',
}
const TYPES = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  svg: 'image/svg+xml',
}
const FRAME_POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; " +
  "connect-src 'self'; form-action 'none'; base-uri 'none'"

/** Starts both; `pageUrl` is the example page, told where the payment service is. */
export async function startServers(backend) {
  const payment = await listen((request, response) => servePayment(backend, request, response))
  const shop = await listen((request, response) => serveShop(payment.origin, request, response))
  const query = new URLSearchParams({
    backend: payment.origin,
    intents: payment.origin,
    publishableKey: 'pk_test_fake',
  })
  return {
    shopOrigin: shop.origin,
    paymentOrigin: payment.origin,
    pageUrl: `${shop.origin}/?${query}`,
    close: () => Promise.all([payment.close(), shop.close()]),
  }
}

async function serveShop(paymentOrigin, request, response) {
  const { pathname } = new URL(request.url, 'http://shop')
  const policy =
    `default-src 'self'; script-src 'self' 'wasm-unsafe-eval' ${paymentOrigin}; ` +
    `connect-src 'self' ${paymentOrigin}; frame-src ${paymentOrigin}; style-src 'self'; base-uri 'none'`
  response.setHeader('Content-Security-Policy', policy)
  if (pathname === '/blank') return void response.end('<!doctype html><title>Blank</title>')
  await serveFile(response, `examples/checkout${pathname === '/' ? '/index.html' : pathname}`)
}

async function servePayment(backend, request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://payment')
  response.setHeader('Access-Control-Allow-Origin', '*')
  response.setHeader('Access-Control-Allow-Methods', 'GET, POST')
  response.setHeader('Access-Control-Allow-Headers', 'authorization, content-type, idempotency-key')
  if (request.method === 'OPTIONS') return void response.writeHead(204).end()
  const file = PAYMENT_FILES[pathname]
  if (file !== undefined) {
    if (pathname === '/farthing/frame') {
      response.setHeader('Content-Security-Policy', FRAME_POLICY)
    }
    return serveFile(response, file)
  }
  let body = ''
  for await (const chunk of request) body += chunk
  const isJson = request.headers['content-type']?.startsWith('application/json')
  const form = request.method === 'GET' ? searchParams : new URLSearchParams(body)
  const { method, headers } = request
  const params = isJson ? JSON.parse(body) : Object.fromEntries(form)
  const answer = await backend.handle({ method, path: pathname, params, headers })
  if (answer === undefined) return void request.socket.destroy()
  response.writeHead(answer.status, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify(answer.body))
}

async function serveFile(response, path) {
  try {
    const content = await readFile(new URL(path, root))
    response.setHeader('Content-Type', TYPES[path.split('.').at(-1)] ?? 'text/plain')
    response.end(content)
  } catch {
    response.writeHead(404).end()
  }
}

function listen(handle) {
  return new Promise((resolve) => {
    const server = createServer((request, response) => {
      handle(request, response).catch((error) => response.destroy(error))
    })
    server.listen(0, '127.0.0.1', () => {
      const close = () => {
        server.closeAllConnections()
        return new Promise((closed) => server.close(closed))
      }
      resolve({ origin: `http://127.0.0.1:${server.address().port}`, close })
    })
  })
}
