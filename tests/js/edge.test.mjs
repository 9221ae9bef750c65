// The whole path: the server, the Worker at the edge, a merchant's origin, and the death of either
// of the first two at any moment.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Webhook } from 'standardwebhooks'
import { freshFolder, startBackend, startReceiver } from './backend.mjs'

const SEED = 20_261
const PAYMENTS = 500
const KILLS = 10
const ALL_WITHIN_MS = 90_000
/** The stream lasts about as long as the killing. */
const PAYMENTS_AT_ONCE = 8
const PACE_MS = 300
const KEY = 'sk_test_farthing_dev'
const TOKEN = 'status-token-for-tests'
const FORWARD_SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'
const PAID = 'payment_intent.succeeded'

test(`${PAYMENTS} payments and ${KILLS} deaths of each side: all that succeeded arrives once in effect, in order`, async (t) => {
  const house = await openHouse(t)
  const { origin, url } = house
  const started = Date.now()
  const chance = random(SEED)
  const kill = async (which) => {
    for (let index = 0; index < KILLS; index += 1) {
      await sleep(100 + chance() * 900)
      await house[which].kill()
      house[which] = await house.again[which]()
    }
  }
  const done = await Promise.all([
    payAll(house, 'a', PAYMENTS, PACE_MS),
    kill('backend'),
    kill('worker'),
  ])
  const killed = Date.now()
  assert.equal(new Set(done[0]).size, PAYMENTS)

  const succeeded = await listed(house.backend.url, PAID)
  assert.equal(succeeded.length, PAYMENTS)
  const ids = succeeded.map(({ id }) => id)
  await until('all have arrived', started + ALL_WITHIN_MS, () => {
    const effects = { all: effectsOf(origin, '/all'), paid: effectsOf(origin, '/paid') }
    return ids.every((id) => effects.all.has(id) && effects.paid.has(id))
  })
  const arrived = Date.now()
  const all = (await status(url)).all
  t.diagnostic(
    `${PAYMENTS} payments and ${2 * KILLS} kills in ${killed - started} ms; all ${ids.length} had ` +
      `arrived after ${arrived - started} ms; ${origin.received.length} deliveries; ` +
      `${all.duplicates} duplicates, ${all.gaps.filled} gaps filled`,
  )
  assert.deepEqual([...effectsOf(origin, '/paid')].sort(), [...ids].sort(), 'nothing else, either')
  await inOrder(origin)
  assert.equal(all.parked, 0)
  assert.equal(all.gaps.given_up, 0)

  // As many again, undisturbed: an endpoint that is subscribed to one type sees no gap at all.
  await payAll(house, 'b', PAYMENTS, 0)
  const paid = await until('they have arrived, too', Date.now() + 30_000, async () => {
    const now = (await status(url)).paid
    return now.handed_on === 2 * PAYMENTS && now
  })
  assert.deepEqual(paid.gaps, { open: 0, given_up: 0, filled: 0 })
  assert.equal(paid.accepted, 2 * PAYMENTS)
  const types = new Set(received(origin, '/paid').map(({ event }) => event.type))
  assert.deepEqual([...types], [PAID])
  t.diagnostic(`0 gaps over ${paid.accepted} payments for the endpoint that wants ${PAID} alone`)
})

/** The server, a Worker with one source for each of its two endpoints, and the origin behind both. */
async function openHouse(t) {
  const folder = freshFolder('edge')
  const origin = await startReceiver()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const house = { origin, url }
  t.after(async () => {
    await house.worker?.kill()
    await house.backend?.stop()
    await origin.stop()
  })
  house.backend = await startBackend({ folder })
  const base = house.backend.url
  const endpoint = (name, type) =>
    call(base, 'POST', '/v1/webhook_endpoints', {
      url: `${url}/in/${name}`,
      'enabled_events[]': type,
    })
  const [all, paid] = [await endpoint('all', '*'), await endpoint('paid', PAID)]
  const source = (path) => ({ scheme: 'stripe', forward: origin.url.replace('/hook', path) })
  const settings = {
    SOURCES: {
      // An object's first event may be on its way for as long as the server tries: half a minute.
      all: { ...source('/all'), fetch_from: base, endpoint: all.id, baseline_wait_ms: 60_000 },
      paid: source('/paid'),
    },
    SECRET_ALL: all.secret,
    SECRET_PAID: paid.secret,
    FETCH_KEY_ALL: KEY,
    FORWARD_SECRET,
    FORWARD_SCHEDULE_MS: '250 '.repeat(40),
    STATUS_TOKEN: TOKEN,
  }
  house.again = {
    backend: () => startBackend({ folder, port: house.backend.port }),
    worker: () => startWorker({ folder, port, settings }),
  }
  house.worker = await house.again.worker()
  return house
}

/** dev.mjs in a group of its own, so that the runtime's process dies with it. */
async function startWorker({ folder, port, settings }) {
  const env = { ...process.env }
  for (const [name, value] of Object.entries(settings))
    env[`EDGE_${name}`] = typeof value === 'string' ? value : JSON.stringify(value)
  const storage = join(folder, 'worker')
  const script = fileURLToPath(new URL('../../crates/worker/dev.mjs', import.meta.url))
  const args = [script, '--port', String(port), '--storage', storage, '--while-stdin']
  const child = spawn(process.execPath, args, { env, detached: true, stdio: 'pipe' })
  child.stderr.pipe(createWriteStream(join(folder, 'worker.log'), { flags: 'a' }))
  const exited = new Promise((resolve) => child.once('exit', resolve))
  await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on(
      'line',
      (line) => line.startsWith('ready ') && resolve(),
    )
    exited.then((code) =>
      reject(new Error(`the Worker ended with ${code}; see ${folder}/worker.log`)),
    )
  })
  return {
    kill: async () => {
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL')
      await exited
    },
  }
}

/** So many payments, each asked for until it is answered; resolves with the intents' ids. */
async function payAll({ backend }, prefix, count, paceMs) {
  const base = backend.url // The port stays, whichever process has it.
  const orders = Array.from({ length: count }, (_, index) => `${prefix}-${index}`).values()
  const ids = []
  const one = async () => {
    for (const order of orders) {
      ids.push(await pay(base, order))
      await sleep(paceMs)
    }
  }
  await Promise.all(Array.from({ length: PAYMENTS_AT_ONCE }, one))
  return ids
}

async function pay(base, order) {
  const params = {
    amount: '1250',
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: 'true',
    return_url: 'https://example.com/back',
    'metadata[order]': order,
  }
  let id
  let last
  return until(
    () => `${order} is paid (${last})`,
    Date.now() + 45_000,
    async () => {
      try {
        // An answer that was cut short is given again as far as it is known: then it is looked up.
        const intent =
          id === undefined
            ? await call(base, 'POST', '/v1/payment_intents', params, order)
            : await call(base, 'GET', `/v1/payment_intents/${id}`)
        id = intent.id
        last = intent.status
        return intent.status === 'succeeded' && id
      } catch (error) {
        last = error.message
        return false
      }
    },
  )
}

/** Every event of a type that the server lists. */
async function listed(base, type) {
  const events = []
  for (;;) {
    const after = events.length > 0 ? `&starting_after=${events.at(-1).id}` : ''
    const page = await call(base, 'GET', `/v1/events?limit=100&type=${type}${after}`)
    events.push(...page.data)
    if (!page.has_more) return events
  }
}

/** What came to a path of the origin; `startReceiver` keeps no path, the source's header names it. */
function received({ received }, path) {
  return received
    .filter(({ headers }) => `/${headers['farthing-source']}` === path)
    .map(({ headers, body }) => ({ headers, event: JSON.parse(body) }))
}

function effectsOf(origin, path) {
  return new Set(received(origin, path).map(({ event }) => event.id))
}

/** Each object's events, at their first delivery, came by their number; every one is signed. */
async function inOrder(origin) {
  const verifier = new Webhook(FORWARD_SECRET)
  for (const { headers, body } of origin.received) verifier.verify(body, headers)
  const last = new Map()
  const seen = new Set()
  for (const { headers, event } of received(origin, '/all')) {
    if (seen.has(event.id)) continue
    seen.add(event.id)
    const object = event.data.object.id
    const before = last.get(object) ?? 0
    assert.ok(event.sequence > before, `${event.id}: ${event.sequence} came after ${before}`)
    assert.equal(headers['farthing-marks'], undefined, `${event.id} needs no mark`)
    last.set(object, event.sequence)
  }
  assert.ok(last.size >= PAYMENTS)
}

async function status(url) {
  const headers = { Authorization: `Bearer ${TOKEN}` }
  return (await (await fetch(`${url}/status`, { headers })).json()).sources
}

async function call(base, method, path, params, idempotencyKey) {
  const headers = { Authorization: `Bearer ${KEY}` }
  if (idempotencyKey !== undefined) headers['Idempotency-Key'] = idempotencyKey
  const body = params === undefined ? undefined : new URLSearchParams(params)
  const response = await fetch(base + path, { method, headers, body })
  const answer = await response.json()
  if (!response.ok)
    throw new Error(`${method} ${path}: ${answer.error?.message ?? response.status}`)
  return answer
}

async function until(what, deadlineMs, holds) {
  for (;;) {
    const value = await holds()
    if (value) return value
    if (Date.now() > deadlineMs)
      throw new Error(`waited in vain until ${typeof what === 'string' ? what : what()}`)
    await sleep(100)
  }
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

async function freePort() {
  const socket = createServer()
  await new Promise((resolve) => socket.listen(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  await new Promise((resolve) => socket.close(resolve))
  return port
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function random(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
