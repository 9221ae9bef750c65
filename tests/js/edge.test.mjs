// The whole path: the server, the Worker at the edge, a merchant's origin, and the death of either
// of the first two at any moment.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
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
// By itself on two cores; in CI other suites share them.
const ALL_WITHIN_MS = process.env.CI ? 240_000 : 90_000
/** The stream lasts about as long as the killing. */
const PAYMENTS_AT_ONCE = 8
const PACE_MS = 300
const KEY = 'sk_test_farthing_dev'
const TOKEN = 'status-token-for-tests'
const FORWARD_SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'
const PAID = 'payment_intent.succeeded'
const CREATED = 'payment_intent.created'
/** Comes between the two, so that they are not neighbours among the events of their object. */
const HELD = 'payment_intent.amount_capturable_updated'

test(`${PAYMENTS} payments and ${KILLS} deaths of each side: all that succeeded arrives once in effect, in order`, async (t) => {
  const house = await openHouse(t)
  const { origin, url } = house
  const started = Date.now()
  // Each with chances of its own, so that the seed says when, whatever the other one does.
  const kill = async (which, chance) => {
    for (let index = 0; index < KILLS; index += 1) {
      await sleep(100 + chance() * 900)
      await house[which].kill()
      house[which] = await house.again[which]()
    }
  }
  const done = await Promise.all([
    payAll(house, 'a', { paceMs: PACE_MS, capture: 'automatic' }),
    kill('backend', random(SEED)),
    kill('worker', random(SEED + 1)),
  ])
  const killed = Date.now()
  // As many again, undisturbed but for one event that the Worker never gets to see.
  house.relay.lose(HELD)
  const more = await payAll(house, 'b', { paceMs: 0, capture: 'manual' })
  assert.equal(new Set([...done[0], ...more]).size, 2 * PAYMENTS)

  const ids = (await listed(house.backend.url, PAID)).map(({ id }) => id)
  assert.equal(ids.length, 2 * PAYMENTS)
  let now
  const left = () => `all have arrived: ${JSON.stringify(now)}`
  await until(left, started + ALL_WITHIN_MS, async () => {
    now = await status(url)
    if (now.paid.handed_on < ids.length || now.two.handed_on < 2 * ids.length) return false
    if (now.all.waiting > 0 || now.all.gaps.open > 0) return false
    const [all, paid] = [effectsOf(origin, '/all'), effectsOf(origin, '/paid')]
    return ids.every((id) => all.has(id) && paid.has(id))
  })
  const arrived = Date.now()
  t.diagnostic(
    `${PAYMENTS} payments and ${2 * KILLS} kills in ${killed - started} ms, as many again without; ` +
      `all ${ids.length} had arrived after ${arrived - started} ms; ` +
      `${origin.received.length} deliveries; ${now.all.duplicates} duplicates`,
  )
  assert.deepEqual([...effectsOf(origin, '/paid')].sort(), [...ids].sort(), 'nothing else, either')
  await inOrder(origin)
  assert.deepEqual([now.all.parked, now.all.gaps.given_up], [0, 0])

  // No try of it was passed on, so that only the fetch from the server can have brought it.
  const [lost, ...others] = house.relay.lost
  assert.deepEqual(others, [])
  assert.ok(effectsOf(origin, '/all').has(lost.id), `${lost.id} was fetched`)
  assert.ok(now.all.gaps.filled >= 1, `${now.all.gaps.filled} gaps were filled`)

  oneTypeHasNoGap(origin, now.paid)
  twoTypesHaveNoGap(origin, now.two)
  t.diagnostic(`0 gaps over ${now.paid.accepted} payments for endpoints of one and of two types`)
})

/** Of each object there is one event of this type: nothing was due here before it. */
function oneTypeHasNoGap(origin, counts) {
  assert.deepEqual(counts.gaps, { open: 0, given_up: 0, filled: 0 })
  assert.equal(counts.accepted, 2 * PAYMENTS)
  for (const { headers, event } of received(origin, '/paid')) {
    assert.equal(event.type, PAID)
    assert.equal(event.previous_sequence, null, event.id)
    assert.equal(headers['farthing-marks'], undefined, event.id)
  }
}

/** Of each object there are two, and of half of them one between the two, never due here. */
function twoTypesHaveNoGap(origin, counts) {
  assert.deepEqual([counts.gaps.open, counts.gaps.given_up], [0, 0])
  assert.equal(counts.accepted, 4 * PAYMENTS)
  const created = new Map()
  const seen = new Set()
  let apart = 0
  for (const { headers, event } of received(origin, '/two')) {
    assert.equal(headers['farthing-marks'], undefined, event.id)
    if (seen.has(event.id)) continue
    seen.add(event.id)
    const object = event.data.object.id
    if (event.type === CREATED) {
      assert.equal(event.previous_sequence, null, event.id)
      created.set(object, event.sequence)
    } else {
      assert.equal(event.type, PAID)
      assert.equal(event.previous_sequence, created.get(object), `${event.id} came after the other`)
      if (event.sequence > event.previous_sequence + 1) apart += 1
    }
  }
  assert.equal(created.size, 2 * PAYMENTS)
  assert.ok(apart >= PAYMENTS, `${apart} were no neighbours`)
}

/** The server, a Worker with one source for each of its endpoints, and the origin behind them all. */
async function openHouse(t) {
  const folder = freshFolder('edge')
  const origin = await startReceiver()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const relay = await startRelay(url)
  const house = { origin, url, relay }
  t.after(async () => {
    await house.worker?.kill()
    await house.backend?.stop()
    await relay.stop()
    await origin.stop()
  })
  house.backend = await startBackend({ folder })
  const base = house.backend.url
  const endpoint = (at, ...types) => {
    const enabled = types.map((type, index) => [`enabled_events[${index}]`, type])
    return call(base, 'POST', '/v1/webhook_endpoints', { url: at, ...Object.fromEntries(enabled) })
  }
  const all = await endpoint(`${relay.url}/in/all`, '*')
  const paid = await endpoint(`${url}/in/paid`, PAID)
  const two = await endpoint(`${url}/in/two`, CREATED, PAID)
  const source = (path) => ({ scheme: 'stripe', forward: origin.url.replace('/hook', path) })
  const settings = {
    SOURCES: {
      // An object's first event may be on its way for as long as the server tries: 36 seconds, and
      // longer when it died meanwhile.
      all: { ...source('/all'), fetch_from: base, endpoint: all.id, baseline_wait_ms: 60_000 },
      paid: source('/paid'),
      two: { ...source('/two'), baseline_wait_ms: 60_000 },
    },
    SECRET_ALL: all.secret,
    SECRET_PAID: paid.secret,
    SECRET_TWO: two.secret,
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

/** Passes deliveries on as they are. One of the type named last it takes for itself and answers 200. */
async function startRelay(to) {
  const lost = []
  let losing
  const server = createHttpServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const event = JSON.parse(body)
    if (event.type === losing) {
      losing = undefined
      lost.push(event)
    }
    // Its every try is lost, not only the first.
    if (lost.some(({ id }) => id === event.id)) return response.writeHead(200).end()
    const { 'content-type': type, 'stripe-signature': signature } = request.headers
    const headers = { 'content-type': type, 'stripe-signature': signature }
    const passed = fetch(to + request.url, { method: 'POST', headers, body })
    response.writeHead(await passed.then((answer) => answer.status).catch(() => 502)).end()
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    lost,
    lose: (type) => (losing = type),
    stop: () => new Promise((resolve) => server.close(resolve) && server.closeAllConnections()),
  }
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
async function payAll({ backend }, prefix, { paceMs, capture }) {
  const base = backend.url // The port stays, whichever process has it.
  const orders = Array.from({ length: PAYMENTS }, (_, index) => `${prefix}-${index}`).values()
  const ids = []
  const one = async () => {
    for (const order of orders) {
      ids.push(await pay(base, order, capture))
      await sleep(paceMs)
    }
  }
  await Promise.all(Array.from({ length: PAYMENTS_AT_ONCE }, one))
  return ids
}

/** One payment. Captured by hand, it has an event between its first and its last. */
async function pay(base, order, capture) {
  const params = {
    amount: '1250',
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: 'true',
    capture_method: capture,
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
        if (last === 'requires_payment_method') {
          // The server died before it asked for the money: nothing was charged, so that is asked again.
          const again = { payment_method: params.payment_method, return_url: params.return_url }
          last = (await call(base, 'POST', `/v1/payment_intents/${id}/confirm`, again)).status
        }
        if (last === 'requires_capture') {
          const path = `/v1/payment_intents/${id}/capture`
          last = (await call(base, 'POST', path, {})).status
        }
        return last === 'succeeded' && id
      } catch (error) {
        last = error.message
        id ??= error.intentId
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
  if (!response.ok) {
    const error = new Error(`${method} ${path}: ${answer.error?.message ?? response.status}`)
    throw Object.assign(error, { intentId: answer.error?.payment_intent?.id })
  }
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
