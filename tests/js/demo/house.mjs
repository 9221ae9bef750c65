// The whole house on loopback: backend, Worker, checkout page. Each knows the others' addresses only
// from its settings, as in production.
import { randomBytes } from 'node:crypto'
import { spawn } from 'node:child_process'
import { createWriteStream, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createServer as createSocket } from 'node:net'
import { extname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { startBackend } from '../backend.mjs'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const READY_WITHIN_MS = 60_000
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
}

export const KEYS = { secret: 'sk_test_farthing_dev', publishable: 'pk_test_farthing_dev' }
export const SOURCE = 'farthing'

/** Starts everything; `ports` are the ones wanted, zero for any free one. */
export async function openHouse({ folder, ports, backendArgs = [] }) {
  const stops = []
  const stop = async () => {
    for (const each of stops.reverse().splice(0)) await each()
  }
  try {
    const backend = await startBackend({ folder, port: ports.backend, args: backendArgs })
    stops.push(backend.stop)
    const page = await servePage(ports.page)
    stops.push(page.stop)
    const worker = await startWorker({
      folder,
      port: ports.worker || (await freePort()),
      backend,
      page,
    })
    stops.push(worker.stop)
    page.config({
      backend: backend.url,
      intents: worker.url,
      publishableKey: KEYS.publishable,
      sdk: null,
      redirect: false,
    })
    return { backend, worker, page, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The Worker is told the secret that the backend signs with; so the endpoint is made first. */
async function startWorker({ folder, port, backend, page }) {
  const url = `http://127.0.0.1:${port}`
  const endpoint = await backendCall(backend, 'POST', '/v1/webhook_endpoints', {
    url: `${url}/in/${SOURCE}`,
    'enabled_events[]': '*',
    description: 'The Worker of the demo',
  })
  const token = randomBytes(24).toString('hex')
  const prices = await readFile(join(root, 'examples/checkout/prices.json'), 'utf8')
  const settings = {
    SOURCES: { [SOURCE]: { scheme: 'stripe' } },
    [`SECRET_${SOURCE.toUpperCase()}`]: endpoint.secret,
    STATUS_TOKEN: token,
    PRICES: JSON.parse(prices),
    API_BASE: backend.url,
    ORIGINS: page.url,
    FARTHING_SECRET_KEY: KEYS.secret,
    FARTHING_PUBLISHABLE_KEY: KEYS.publishable,
    CHECKOUT_SECRET: randomBytes(32).toString('hex'),
  }
  const file = join(folder, 'worker.json')
  writeFileSync(file, JSON.stringify(settings), { mode: 0o600 })
  const args = [
    'dev.mjs',
    '--port',
    String(port),
    '--storage',
    join(folder, 'worker'),
    '--settings',
    file,
    '--while-stdin',
  ]
  const child = spawn(process.execPath, args, {
    cwd: join(root, 'crates/worker'),
    stdio: ['pipe', 'pipe', 'pipe'], // Its input ends with us: it never outlives a killed demo.
  })
  const stop = await ready(child, join(folder, 'worker.log'), 'the Worker')
  return { url, token, stop, inbox: () => readInbox({ url, token }) }
}

async function readInbox({ url, token }) {
  const headers = { Authorization: `Bearer ${token}` }
  const status = await (await fetch(`${url}/status`, { headers })).json()
  const { rows } = await (await fetch(`${url}/inbox/${SOURCE}`, { headers })).json()
  return { counts: status.sources[SOURCE], rows }
}

/**
 * A server for the static page: what any web host does, a `config.json` made for this run, and the
 * content security policy that the page's README tells a shop to send.
 */
async function servePage(port) {
  const folder = join(root, 'examples/checkout')
  let config = '{}'
  let policy = "default-src 'none'"
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://page')
    const name = pathname === '/' ? 'index.html' : pathname.slice(1)
    try {
      if (!/^[\w-]+\.\w+$/.test(name)) throw new Error('not a file of the page')
      const body = name === 'config.json' ? config : await readFile(join(folder, name))
      response
        .writeHead(200, {
          'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream',
          'Content-Security-Policy': policy,
        })
        .end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise((resolve, reject) =>
    server.once('error', reject).listen(port, '127.0.0.1', resolve),
  )
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    config: (value) => {
      config = JSON.stringify(value)
      policy = policyFor(value.backend, value.intents)
    },
    stop: async () => void (server.close(), server.closeAllConnections()),
  }
}

function policyFor(pay, shop) {
  return (
    `default-src 'self'; script-src 'self' 'wasm-unsafe-eval' ${pay}; ` +
    `connect-src 'self' ${pay} ${shop}; frame-src ${pay}; style-src 'self'; base-uri 'none'`
  )
}

export async function backendCall(backend, method, path, params) {
  const body = params === undefined ? undefined : new URLSearchParams(params)
  const headers = { Authorization: `Bearer ${KEYS.secret}` }
  const response = await fetch(`${backend.url}${path}`, { method, headers, body })
  const answer = await response.json()
  if (!response.ok)
    throw new Error(`${method} ${path}: ${answer.error?.message ?? response.status}`)
  return answer
}

async function ready(child, logFile, name) {
  const log = createWriteStream(logFile, { flags: 'a' })
  child.stderr.pipe(log)
  const exited = new Promise((resolve) => child.once('exit', resolve))
  await new Promise((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`${name} was not ready in time; see ${logFile}`)),
      READY_WITHIN_MS,
    )
    exited.then((code) => reject(new Error(`${name} ended with ${code}; see ${logFile}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      log.write(`${line}\n`)
      if (line.startsWith('ready ')) {
        clearTimeout(late)
        resolve()
      }
    })
  })
  return async () => {
    child.kill('SIGTERM')
    await exited
  }
}

async function freePort() {
  const socket = createSocket()
  await new Promise((resolve) => socket.listen(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  await new Promise((resolve) => socket.close(resolve))
  return port
}
