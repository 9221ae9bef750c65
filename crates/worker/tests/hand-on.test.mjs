// Handing events on to an origin: at least once, signed anew, through every way in which it can fail.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Webhook } from 'standardwebhooks'
import Stripe from 'stripe'

import { start } from '../runtime.mjs'
import { FORWARD_SECRET, STRIPE_SECRET, ask, counts, event, post, serve, settings, signed, until } from './helpers.mjs'

const NO_ANSWER = 0
const tryOf = (one) => Number(one.headers['farthing-try'])
const idOf = (one) => one.headers['webhook-id']
const taken = (url, number) => until('all were taken', async () => (await counts(url)).handed_on === number, 30_000)

async function started(t, answer, more = {}) {
  const origin = await serve(answer)
  const worker = await start({ bindings: settings({ forward: `${origin.url}/hook?a=b` }, more) })
  t.after(async () => {
    await worker.stop()
    await origin.stop()
  })
  return { origin, worker }
}

test('an origin that fails in every way and recovers gets every event', { timeout: 60_000 }, async (t) => {
  const failures = [
    { status: 500 },
    { status: 404 },
    { status: 301, headers: { location: '/elsewhere' } },
    { status: NO_ANSWER },
    { status: 429, headers: { 'retry-after': '1' } },
    { status: 503 },
  ]
  const times = new Map()
  const { origin, worker } = await started(
    t,
    (one) => {
      times.set(`${idOf(one)} ${tryOf(one)}`, Date.now())
      return failures[tryOf(one) - 1] ?? { status: 204 }
    },
    { FORWARD_SCHEDULE_MS: '100 '.repeat(32) },
  )
  const ids = Array.from({ length: 40 }, (_, index) => `evt_r${index}`)
  for (const id of ids) assert.equal((await post(worker.url, event(id))).status, 200)
  await taken(worker.url, 40)
  assert.equal(origin.seen.length, ids.length * (failures.length + 1), 'no try too many')
  const all = await counts(worker.url)
  assert.deepEqual([all.accepted, all.waiting, all.parked], [40, 0, 0])
  assert.ok(origin.seen.every((one) => one.path === '/hook?a=b'), 'no redirect was followed')
  for (const id of ids) {
    const waited = times.get(`${id} 6`) - times.get(`${id} 5`)
    assert.ok(waited >= 950, `Retry-After was obeyed: ${waited} ms`)
  }
})

test('what is tried again, and what is parked after five tries', { timeout: 60_000 }, async (t) => {
  const again = [NO_ANSWER, 408, 409, 425, 429, 500, 502, 503, 504, 599]
  const refused = [300, 301, 304, 400, 401, 403, 404, 410, 413, 422, 451]
  const { origin, worker } = await started(
    t,
    (one) => {
      const status = Number(idOf(one).slice('evt_s'.length))
      return { status: again.includes(status) && tryOf(one) > 7 ? 200 : status }
    },
    { FORWARD_SCHEDULE_MS: '20 '.repeat(10) },
  )
  for (const status of [...again, ...refused]) await post(worker.url, event(`evt_s${status}`))
  await taken(worker.url, again.length)
  await until('the others are parked', async () => (await counts(worker.url)).parked === refused.length)
  for (const status of again) {
    assert.equal(origin.seen.filter((one) => idOf(one) === `evt_s${status}`).length, 8, String(status))
  }
  const { rows } = await ask(worker.url, '/inbox/shop/parked')
  assert.deepEqual(rows.map((row) => row.answer).sort(), [...refused].sort())
  for (const row of rows) {
    assert.deepEqual([row.id, row.state, row.tries], [`evt_s${row.answer}`, 'parked', 5])
    assert.equal(row.body, event(row.id))
    assert.equal(origin.seen.filter((one) => idOf(one) === row.id).length, 5)
  }
})

test('a hand-on is signed anew in both schemes; the body is the bytes that came', async (t) => {
  const { origin, worker } = await started(t, () => ({ status: 200 }))
  const payload = event('evt_bytes').replace('"usd"', '"u\u{73}d", "name": "Zo\u00eb \u20ac\\u20ac"')
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'stripe-signature': signed(payload),
    'webhook-id': 'msg_other',
    'farthing-marks': 'late',
    authorization: 'Bearer of-somebody',
    cookie: 'of=somebody',
    'x-forwarded-for': '192.0.2.1',
  }
  assert.equal((await fetch(`${worker.url}/in/shop`, { method: 'POST', headers, body: payload })).status, 200)
  const [one] = await until('it came', () => origin.seen.length > 0 && origin.seen)
  assert.equal(one.path, '/hook?a=b')
  assert.equal(one.body.toString(), payload)
  assert.equal(one.headers['content-type'], headers['content-type'])
  assert.equal(idOf(one), 'evt_bytes')
  assert.equal(one.headers['farthing-source'], 'shop')
  assert.equal(one.headers['farthing-try'], '1')
  assert.ok(Math.abs(Number(one.headers['farthing-received-at']) - Date.now()) < 60_000)
  for (const name of ['farthing-marks', 'authorization', 'cookie', 'x-forwarded-for']) {
    assert.equal(one.headers[name], undefined, `${name} is nothing that anybody signed`)
  }
  new Webhook(FORWARD_SECRET).verify(payload, one.headers)
  const { webhooks } = new Stripe('sk_test_unused')
  webhooks.constructEvent(one.body, one.headers['stripe-signature'], FORWARD_SECRET)
  // The sender's own does not go along: its secret verifies nothing here.
  assert.throws(() => webhooks.constructEvent(one.body, one.headers['stripe-signature'], STRIPE_SECRET))
  assert.doesNotMatch(one.headers['stripe-signature'], new RegExp(/v1=([0-9a-f]+)/.exec(headers['stripe-signature'])[1]))
})

test('every try is signed with its own time, so that an origin keeps its window', { timeout: 60_000 }, async (t) => {
  const { origin, worker } = await started(t, (one) => ({ status: tryOf(one) < 3 ? 500 : 200 }), {
    FORWARD_SCHEDULE_MS: '1100 1100',
  })
  await post(worker.url, event('evt_times'))
  await taken(worker.url, 1)
  const times = origin.seen.map((one) => Number(one.headers['webhook-timestamp']))
  assert.ok(times[0] < times[1] && times[1] < times[2], times.join())
  assert.equal(new Set(origin.seen.map((one) => one.headers['farthing-received-at'])).size, 1)
  for (const one of origin.seen) new Webhook(FORWARD_SECRET).verify(one.body, one.headers)
})

test('after the schedule an event is parked, kept, and sent again when asked: one, or all', { timeout: 60_000 }, async (t) => {
  let failing = true
  const { origin, worker } = await started(t, () => ({ status: failing ? 500 : 200 }), { FORWARD_SCHEDULE_MS: '50 50' })
  const ids = ['evt_p0', 'evt_p1', 'evt_p2', 'evt_p3']
  for (const id of ids) await post(worker.url, event(id, { object: id === 'evt_p3' ? 'pi_evt_p2' : undefined }))
  await until('they are parked', async () => (await counts(worker.url)).parked === 4, 20_000)
  assert.equal(origin.seen.length, 12)
  const listed = await ask(worker.url, '/inbox/shop/parked')
  assert.deepEqual(listed.rows.map((row) => row.id).sort(), ids)
  for (const row of listed.rows) {
    assert.deepEqual([row.state, row.tries, row.answer, row.due_at], ['parked', 3, 500, null])
  }
  assert.equal((await (await post(worker.url, event('evt_p0'))).json()).duplicate, true)
  assert.deepEqual((await ask(worker.url, '/inbox/shop')).rows, [], 'parked is not handed on')

  // Sent again in vain, it is parked again, after as many tries as before.
  assert.deepEqual(await ask(worker.url, '/inbox/shop/events/evt_p0/retry', 'POST'), { retried: 1 })
  await until('it is parked again', () => origin.seen.length === 15)
  await until('it is parked again', async () => (await counts(worker.url)).parked === 4)
  failing = false
  assert.deepEqual(await ask(worker.url, '/inbox/shop/events/evt_p0/retry', 'POST'), { retried: 1 })
  await taken(worker.url, 1)
  assert.deepEqual(await ask(worker.url, '/inbox/shop/events/evt_p0/retry', 'POST'), { retried: 0 })
  assert.deepEqual(await ask(worker.url, '/inbox/shop/events/evt_none/retry', 'POST'), { retried: 0 })
  const one = await ask(worker.url, '/inbox/shop/events/evt_p0')
  assert.deepEqual([one.state, one.marks], ['handed', ['late']])

  assert.deepEqual(await ask(worker.url, '/inbox/shop/retry', 'POST'), { retried: 3 })
  await taken(worker.url, 4)
  const again = origin.seen.slice(15)
  assert.deepEqual(again.map(idOf).sort(), ids)
  assert.ok(again.every((one) => /\blate\b/.test(one.headers['farthing-marks'])))
  const all = await counts(worker.url)
  assert.deepEqual([all.accepted, all.duplicates, all.parked, all.waiting], [4, 1, 0, 0])
})

test('a slow origin is given up on after the time limit and tried again', { timeout: 60_000 }, async (t) => {
  const slow = () => new Promise((resolve) => setTimeout(() => resolve({ status: 200 }), 1_000))
  const { origin, worker } = await started(t, (_, number) => (number === 1 ? slow() : { status: 200 }), {
    FORWARD_SCHEDULE_MS: '100 '.repeat(8),
    FORWARD_TIMEOUT_MS: '200',
  })
  await post(worker.url, event('evt_slow'))
  await taken(worker.url, 1)
  assert.equal(origin.seen.length, 2)
  assert.equal((await ask(worker.url, '/inbox/shop/events/evt_slow')).tries, 2)
})
