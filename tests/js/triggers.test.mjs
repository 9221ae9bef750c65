// The official command line's `trigger`, unmodified: it plays the calls of each event, and the event
// must have happened. Every trigger has a merchant of its own, so what happened is its doing.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freshFolder, initialize, startBackend } from './backend.mjs'

const EVENTS = [
  'balance.available',
  'charge.captured',
  'charge.dispute.closed',
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.failed',
  'charge.refund.updated',
  'charge.refunded',
  'charge.succeeded',
  'customer.created',
  'customer.deleted',
  'customer.updated',
  'payment_intent.amount_capturable_updated',
  'payment_intent.canceled',
  'payment_intent.created',
  'payment_intent.payment_failed',
  'payment_intent.requires_action',
  'payment_intent.succeeded',
  'payment_method.attached',
  'payment_method.detached',
  'payment_method.updated',
  'payout.created',
  'payout.updated',
  'setup_intent.canceled',
  'setup_intent.created',
  'setup_intent.requires_action',
  'setup_intent.setup_failed',
  'setup_intent.succeeded',
]

/** The calls succeed, and this server does not send the event yet. */
const SILENT = new Set([])

const AT_ONCE = 3
const LIMIT_MS = 60_000
/** The program itself; the package around it only looks for the one of this platform. */
const cli = fileURLToPath(new URL('node_modules/@stripe/cli-linux-x64/bin/stripe', import.meta.url))
const rows = []
let backend
let keys

before(async () => {
  keys = await initialize()
  backend = await startBackend({ folder: keys.folder, dev: false })
})
after(async () => {
  await backend?.stop()
  const lines = rows.sort().map(([event, code, seen]) => `${event.padEnd(42)} ${code}  ${seen}`)
  console.log(`${'stripe trigger'.padEnd(42)} exit, event\n${lines.join('\n')}`)
})

/** A merchant that nothing has happened to yet: its secret key of test mode. */
async function merchant(number) {
  const response = await fetch(`${backend.url}/v1/farthing/merchants`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${keys.operator}` },
    body: new URLSearchParams({ number, name: `Merchant ${number}` }),
  })
  const { keys: minted } = await response.json()
  return minted.find(({ key }) => key.startsWith('sk_test_')).key
}

/** Runs the command line. It asks elsewhere for newer versions of itself; here that leads nowhere. */
function trigger(event, key) {
  const env = {
    PATH: process.env.PATH,
    HOME: freshFolder('cli'),
    STRIPE_CLI_TELEMETRY_OPTOUT: '1',
    HTTPS_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: '127.0.0.1',
  }
  const args = ['trigger', event, '--api-base', backend.url, '--api-key', key]
  const child = spawn(cli, args, { env, timeout: LIMIT_MS })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => (said += chunk))
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, said }))
  })
}

async function happened(event, key) {
  const response = await fetch(`${backend.url}/v1/events?type=${event}&limit=1`, {
    headers: { Authorization: `Bearer ${key}` },
  })
  const { data } = await response.json()
  return data.length > 0
}

test('stripe trigger', { concurrency: AT_ONCE }, async (t) => {
  const tests = EVENTS.map((event, index) =>
    t.test(event, async () => {
      const key = await merchant(100 + index)
      const { code, said } = await trigger(event, key)
      const seen = await happened(event, key)
      rows.push([event, code, seen ? 'seen' : 'not sent'])
      assert.equal(code, 0, said)
      assert.equal(seen, !SILENT.has(event), `${event} was ${seen ? '' : 'not '}sent\n${said}`)
    }),
  )
  await Promise.all(tests)
})
