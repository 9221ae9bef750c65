// Serves a built page under a policy of the documents, with a merchant's server behind it.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript' }
const SECRET_KEY = 'sk_test_farthing_dev'
const BACKEND_IN_DOCUMENTS = 'https://pay.example.com'

/** Serves `folder`; `page` may answer a path instead of a file. */
export async function serveShop({ folder, policy, backend, page = () => undefined }) {
  const headers = {
    'Content-Security-Policy': policy.replaceAll(BACKEND_IN_DOCUMENTS, backend.url),
  }
  const server = createServer((request, response) => {
    answer({ folder, backend, page }, request).then(
      ({ type, body }) => response.writeHead(200, { ...headers, 'Content-Type': type }).end(body),
      (error) => response.writeHead(500, headers).end(String(error)),
    )
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}

async function answer({ folder, backend, page }, request) {
  const { pathname } = new URL(request.url, 'http://shop')
  if (pathname === '/config') return json({ apiBase: backend.url })
  if (pathname === '/intents') return json(await createIntent(backend, await bodyOf(request)))
  const made = page(pathname)
  if (made !== undefined) return { type: TYPES['.html'], body: made }
  const path = normalize(pathname === '/' ? '/index.html' : pathname)
  return { type: TYPES[extname(path)] ?? 'text/plain', body: await readFile(join(folder, path)) }
}

const json = (value) => ({ type: 'application/json', body: JSON.stringify(value) })

async function bodyOf(request) {
  let body = ''
  for await (const chunk of request) body += chunk
  return body
}

async function createIntent(backend, key) {
  const response = await fetch(`${backend.url}/v1/payment_intents`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${SECRET_KEY}`, 'Idempotency-Key': key },
    body: new URLSearchParams({ amount: '7187', currency: 'usd' }),
  })
  const { id, client_secret: clientSecret, error } = await response.json()
  if (error !== undefined) throw new Error(error.message)
  return { id, clientSecret }
}
