// Handing events on: at least once, signed anew, through an origin's failures and the Worker's death.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { Webhook } from 'standardwebhooks'
import Stripe from 'stripe'

import { start } from '../runtime.mjs'
import { STRIPE_SECRET, ask, counts, event, post, serve, settings, until } from './helpers.mjs'

const FORWARD_SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'
const NEXT = { FORWARD_SCHEDULE_MS: '300 '.repeat(32) }

async function started(t, answer, more = {}) {
  const origin = await serve(answer)
  const worker = await start({ bindings: settings({ forward: `${origin.url}/hook?a=b` }, more) })
  t.after(async () => {
    await worker.stop()
    await origin.stop()
  })
  return { origin, worker }
}

test('an origin that fails and recovers gets every event', { timeout: 60_000 }, async (t) => {
  let failing = true
  const kinds = [500, 404, 301, 0, 429, 503]
  const { origin, worker } = await started(
    t,
    (_, number) => (failing ? { status: kinds[number % kinds.length] } : { status: 204 }),
    NEXT,
  )
  const ids = Array.from({ length: 40 }, (_, index) => `evt_r${index}`)
  for (const id of ids) assert.equal((await post(worker.url, event(id))).status, 200)
  await until('it was tried', () => origin.seen.length >= 60)
  const during = await counts(worker.url)
  assert.deepEqual([during.accepted, during.forwarded, during.parked], [40, 0, 0])
  failing = false
  const sent = origin.seen.length
  await until('all were taken', async () => (await counts(worker.url)).forwarded === 40)
  const taken = origin.seen.slice(sent).map((one) => JSON.parse(one.body).id)
  for (const id of ids) assert.equal(taken.filter((one) => one === id).length, 1, id)
})

test('events of one object go one after the other, in its order; objects side by side', { timeout: 60_000 }, async (t) => {
  let most = 0
  let running = 0
  let release
  const held = new Promise((resolve) => (release = resolve))
  const slowly = async (one) => {
    if (one.body.includes('evt_first')) await held // While it lasts the shard gathers the others.
    most = Math.max(most, (running += 1))
    await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 40))
    running -= 1
    return { status: 200 }
  }
  const { origin, worker } = await started(t, slowly, { SHARDS: '1' })
  await post(worker.url, event('evt_first'))
  await until('it is held', () => origin.seen.length === 1)
  const ordered = Array.from({ length: 24 }, (_, index) => index + 1)
  for (const number of [...ordered].reverse()) {
    const payload = { ...JSON.parse(event(`evt_o${number}`, { object: 'pi_one' })), sequence: number }
    await Promise.all([post(worker.url, JSON.stringify(payload)), post(worker.url, event(`evt_x${number}`))])
  }
  release()
  await until('all were taken', async () => (await counts(worker.url)).forwarded === 49)
  assert.deepEqual(origin.seen.map((one) => JSON.parse(one.body).sequence).filter(Boolean), ordered)
  assert.ok(most > 1, 'objects wait for nobody')
})

test('a forward is signed anew in both schemes; the body is the bytes that came', async (t) => {
  const { origin, worker } = await started(t, () => ({ status: 200 }), { FORWARD_SECRET })
  const payload = event('evt_bytes').replace('"usd"', '"u\u{73}d", "name": "Zo\u00eb \u20ac"')
  await post(worker.url, payload)
  const [one] = await until('it came', () => origin.seen.length > 0 && origin.seen)
  assert.equal(one.path, '/hook?a=b')
  assert.equal(one.body.toString(), payload)
  assert.equal(one.headers['webhook-id'], 'evt_bytes')
  assert.equal(one.headers['farthing-source'], 'shop')
  assert.equal(one.headers['farthing-try'], '1')
  new Webhook(FORWARD_SECRET).verify(payload, one.headers)
  const stripe = new Stripe('sk_test_unused')
  stripe.webhooks.constructEvent(one.body, one.headers['stripe-signature'], FORWARD_SECRET)
  assert.throws(() => stripe.webhooks.constructEvent(one.body, one.headers['stripe-signature'], STRIPE_SECRET))
})

test("without a secret of its own the sender's signature is passed on", async (t) => {
  const { origin, worker } = await started(t, () => ({ status: 200 }))
  await post(worker.url, event('evt_passed'))
  const [one] = await until('it came', () => origin.seen.length > 0 && origin.seen)
  new Stripe('sk_test_unused').webhooks.constructEvent(one.body, one.headers['stripe-signature'], STRIPE_SECRET)
  assert.equal(one.headers['webhook-signature'], undefined)
})

test('after the schedule an event is parked, kept, and can be sent again', { timeout: 60_000 }, async (t) => {
  let failing = true
  const { origin, worker } = await started(t, () => ({ status: failing ? 500 : 200 }), {
    FORWARD_SCHEDULE_MS: '50 50',
  })
  await post(worker.url, event('evt_parked'))
  await until('it is parked', async () => (await counts(worker.url)).parked === 1)
  assert.equal(origin.seen.length, 3)
  const [row] = (await ask(worker.url, '/inbox/shop')).rows
  assert.deepEqual([row.state, row.tries, row.answer, row.body], ['parked', 3, 500, event('evt_parked')])
  assert.equal((await (await post(worker.url, event('evt_parked'))).json()).duplicate, true)
  failing = false
  assert.deepEqual(await ask(worker.url, '/inbox/shop/retry', 'POST'), { retried: 1 })
  await until('it was taken', async () => (await counts(worker.url)).forwarded === 1)
})

test('a slow origin is given up on after the time limit and tried again', { timeout: 60_000 }, async (t) => {
  const slow = () => new Promise((resolve) => setTimeout(() => resolve({ status: 200 }), 1_000))
  const { origin, worker } = await started(t, (_, number) => (number === 1 ? slow() : { status: 200 }), {
    ...NEXT,
    FORWARD_TIMEOUT_MS: '200',
  })
  await post(worker.url, event('evt_slow'))
  await until('it was taken', async () => (await counts(worker.url)).forwarded === 1)
  assert.equal(origin.seen.length, 2)
})

test('an alarm that was lost is set again by the cron trigger', { timeout: 60_000 }, async (t) => {
  const storage = mkdtempSync(join(tmpdir(), 'farthing-edge-'))
  const origin = await serve(() => ({ status: 200 }))
  t.after(async () => {
    await origin.stop()
    rmSync(storage, { recursive: true, force: true })
  })
  const wrap = `
    import Worker, { Inbox as Real } from './index.js'
    export default Worker
    export class Inbox extends Real {
      constructor(state, env) {
        state.storage.setAlarm = async () => {}
        super(state, env)
      }
    }
  `
  const bindings = settings({ forward: origin.url })
  const forgetful = await start({ bindings, storage, wrap })
  for (let index = 0; index < 5; index += 1) {
    assert.equal((await post(forgetful.url, event(`evt_lost${index}`))).status, 200)
  }
  assert.equal((await counts(forgetful.url)).waiting, 5)
  await forgetful.stop()
  const worker = await start({ bindings, storage })
  t.after(worker.stop)
  await new Promise((resolve) => setTimeout(resolve, 300))
  assert.equal(origin.seen.length, 0)
  await worker.cron()
  await until('all came', () => origin.seen.length === 5)
})

test('killed in the middle: what was acknowledged is there, and all of it is forwarded', { timeout: 90_000 }, async (t) => {
  const storage = mkdtempSync(join(tmpdir(), 'farthing-edge-'))
  let failing = true
  const origin = await serve(() => ({ status: failing ? 500 : 200 }))
  const script = fileURLToPath(new URL('../dev.mjs', import.meta.url))
  const variables = settings({ forward: origin.url }, { FORWARD_SCHEDULE_MS: '1000 '.repeat(32) })
  const env = { ...process.env }
  for (const [name, value] of Object.entries(variables)) env[`EDGE_${name}`] = value
  const run = async () => {
    // A group of its own, so that the runtime's process dies with it.
    const args = [script, '--port', '0', '--storage', storage, '--while-stdin']
    const child = spawn(process.execPath, args, { env, detached: true, stdio: ['pipe', 'pipe', 'inherit'] })
    const url = await new Promise((resolve, reject) => {
      child.stdout.on('data', (text) => resolve(/ready (\S+)/.exec(String(text))?.[1]))
      child.on('exit', () => reject(new Error('dev.mjs ended early')))
    })
    return { child, url }
  }
  let running = await run()
  t.after(async () => {
    if (running.child.exitCode === null) process.kill(-running.child.pid, 'SIGKILL')
    await origin.stop()
    rmSync(storage, { recursive: true, force: true })
  })
  const acknowledged = []
  for (let round = 0; round < 3; round += 1) {
    const sending = Array.from({ length: 60 }, async (_, index) => {
      const id = `evt_k${round}_${index}`
      await new Promise((resolve) => setTimeout(resolve, index * 5))
      const answer = await post(running.url, event(id)).catch(() => undefined)
      if (answer?.status === 200) acknowledged.push(id)
    })
    await until('some were acknowledged', () => acknowledged.length >= (round + 1) * 20)
    const gone = new Promise((resolve) => running.child.on('exit', resolve))
    process.kill(-running.child.pid, 'SIGKILL')
    await gone
    await Promise.all(sending)
    running = await run()
  }
  failing = false
  assert.ok(acknowledged.length >= 60)
  t.diagnostic(`${acknowledged.length} acknowledged before the three kills`)
  const all = await until('nothing waits', async () => {
    const now = await counts(running.url)
    return now.waiting === 0 && now
  }, 45_000)
  assert.equal(all.forwarded, all.accepted)
  const taken = new Set(origin.seen.map((one) => JSON.parse(one.body).id))
  for (const id of acknowledged) assert.ok(taken.has(id), id)
  const ended = new Promise((resolve) => running.child.on('exit', resolve))
  running.child.stdin.end() // And it ends with whoever started it.
  assert.equal(await ended, 0)
})
