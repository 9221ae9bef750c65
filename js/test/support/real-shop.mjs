// A shop in front of the real backend: a page on an origin of its own, under the strictest policy that
// lets it pay, and a merchant's server made of the package's own client. What was charged is read from
// the simulated network's own book.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createClient } from '@farthing/sdk/client'
import { startBackend } from '../../../tests/js/backend.mjs'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const binary = process.env.FARTHING_BIN ?? join(root, 'target', 'debug', 'farthing')
const run = promisify(execFile)
const SECRET_KEY = 'sk_test_farthing_dev'

const PAGE = `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <title>Shop</title>
  <main>
    <h1>Checkout</h1>
    <farthing-card></farthing-card>
    <button id="pay" type="button">Pay</button>
  </main>
  <script type="module" src="/page.js"></script>
</html>`

/** Starts the backend, with what `faults` says of its network, and the shop. */
export async function openShop({ faults, args: more = [] } = {}) {
  const args = faults === undefined ? more : ['--simulator-faults', faults, ...more]
  const backend = await startBackend({ args })
  const client = createClient(SECRET_KEY, { apiBase: backend.url })
  const merchant = merchantOf(client)
  const server = createServer((request, response) => {
    serve({ backend, merchant }, request, response).catch((error) => {
      response.writeHead(500).end(JSON.stringify({ error: { message: String(error) } }))
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    backend,
    client,
    merchant,
    url: `http://127.0.0.1:${server.address().port}`,
    /** The network's own word: how many charges there are, and what they come to, in minor units. */
    book: async (currency = 'usd') => {
      const folder = join(backend.folder, 'data')
      const { stdout } = await run(binary, ['books', '--json', '--data', folder])
      const found = JSON.parse(stdout).network.totals.find((row) => row.currency === currency)
      return { charges: found?.charges ?? 0, captured: Number(found?.captured ?? 0) }
    },
    /** Every intent of a cart. */
    intentsOf: async (cartId) => {
      const found = []
      for await (const intent of await client.paymentIntents.list({ limit: 100 })) {
        if (intent.metadata.cart === cartId) found.push(intent)
      }
      return found
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
      await backend.stop()
    },
  }
}

/** What the merchant's server does: makes the intent of a cart, and changes it. */
function merchantOf(client) {
  const merchant = {
    /** Calls as they came. */
    creates: [],
    updates: [],
    create: async ({ key, cartId, amount, currency }) => {
      merchant.creates.push({ key, cartId })
      const params = { amount: BigInt(amount), currency, metadata: { cart: cartId } }
      const intent = await client.paymentIntents.create(params, { idempotencyKey: key })
      const { id, client_secret: clientSecret } = intent
      return { id, clientSecret, amount: String(intent.amount), currency: intent.currency }
    },
    update: async ({ key, intentId, amount, currency }) => {
      merchant.updates.push({ key, intentId, amount })
      const params = { amount: BigInt(amount), currency }
      await client.paymentIntents.update(intentId, params, { idempotencyKey: key })
      return {}
    },
  }
  return merchant
}

async function serve({ backend, merchant }, request, response) {
  const { pathname } = new URL(request.url, 'http://shop')
  const policy =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'none'; img-src 'self'; " +
    `connect-src 'self' ${backend.url}; frame-src ${backend.url}; base-uri 'none'; form-action 'none'`
  const send = (type, body) => {
    response.writeHead(200, { 'Content-Type': type, 'Content-Security-Policy': policy }).end(body)
  }
  switch (pathname) {
    case '/':
    case '/back':
      return send('text/html; charset=utf-8', PAGE)
    case '/blank':
      return send('text/html; charset=utf-8', '<!doctype html><title>Blank</title>')
    case '/page.js':
      return send('text/javascript', pageScript(backend.url))
    case '/farthing.js':
      return send(
        'text/javascript',
        await readFile(new URL('../../dist/farthing.js', import.meta.url)),
      )
    case '/create':
    case '/update': {
      let body = ''
      for await (const chunk of request) body += chunk
      const answer = await merchant[pathname.slice(1)](JSON.parse(body))
      return send('application/json', JSON.stringify(answer))
    }
    default:
      response.writeHead(204).end()
  }
}

/** `pay` and `resume` answer what the package answers, or the code of what it throws. */
function pageScript(apiBase) {
  return `
    import { loadFarthing } from '/farthing.js'
    const ask = async (path, body) => {
      const text = JSON.stringify(body, (_, v) => (typeof v === 'bigint' ? String(v) : v))
      const response = await fetch(path, { method: 'POST', body: text })
      if (!response.ok) throw new Error(await response.text())
      return response.json()
    }
    const createIntent = async (key, cart) => {
      const made = await ask('/create', { key, ...cart })
      return { ...made, amount: BigInt(made.amount) }
    }
    const updateIntent = (change) => ask('/update', change)
    const told = (promise) => promise.catch((error) => ({ code: error.code, message: error.message }))
    const element = document.querySelector('farthing-card')
    const farthing = await loadFarthing('pk_test_farthing_dev', {
      apiBase: ${JSON.stringify(apiBase)},
      ...globalThis.farthingOptions,
    })
    globalThis.shop = {
      farthing,
      element,
      pay: ({ amount, byElement = false, change = true, ...rest }) =>
        told(farthing.confirmPayment({
          amount: BigInt(amount), currency: 'usd', createIntent,
          ...(change ? { updateIntent } : {}),
          ...(byElement ? { element } : {}),
          ...rest,
        })),
      resume: (cartId) => told(farthing.resume({ cartId, createIntent })),
      act: (options) => told(farthing.handleNextAction(options)).then(({ amount, ...intent }) => intent),
    }
    document.documentElement.dataset.ready = 'true'
  `
}
