// What the Worker sends besides the events: the fulfilment hook's calls, and alerts.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { Webhook } from 'standardwebhooks'

import { start } from '../runtime.mjs'
import { FORWARD_SECRET, ask, counts, event, post, serve, settings, signed, until } from './helpers.mjs'

const ALERT_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const WRONG_SECRET = 'whsec_somebody_elses'
const quiet = () => new Promise((resolve) => setTimeout(resolve, 500))

async function started(t, { origin, hook, alert }, source = {}, more = {}, wrap = undefined) {
  const servers = { origin: await serve(origin ?? (() => ({}))), hook: await serve(hook ?? (() => ({}))), alert: await serve(alert ?? (() => ({}))) }
  const worker = await start({
    wrap,
    bindings: settings(
      { ...(origin && { forward: servers.origin.url }), ...(hook && { fulfil: `${servers.hook.url}/fulfil` }), ...source },
      { ...(alert && { ALERT_URL: servers.alert.url, ALERT_SECRET }), FORWARD_SCHEDULE_MS: '100 '.repeat(20), ...more },
    ),
  })
  t.after(async () => {
    await worker.stop()
    for (const server of Object.values(servers)) await server.stop()
  })
  return { worker, ...servers }
}

/** The messages to the alert address, verified. */
const told = ({ seen }) =>
  seen.map((one) => {
    new Webhook(ALERT_SECRET).verify(one.body, one.headers)
    const { at, ...rest } = JSON.parse(one.body)
    assert.ok(Math.abs(at - Date.now()) < 60_000)
    return rest
  })

for (const origin of [undefined, () => ({ status: 200 })]) {
  test(`a payment is fulfilled once in effect (${origin ? 'beside an origin' : 'by pull'})`, { timeout: 60_000 }, async (t) => {
    const fulfilled = []
    const { worker, hook } = await started(t, {
      origin,
      hook: (one) => {
        const key = one.headers['idempotency-key']
        if (!fulfilled.includes(key)) fulfilled.push(key)
        // The work is done, and the answer is lost once.
        return { status: one.headers['farthing-try'] === '1' ? 0 : 200 }
      },
    })
    const payload = event('evt_paid', { object: 'pi_paid' })
    await post(worker.url, payload)
    await post(worker.url, payload)
    await post(worker.url, event('evt_paid_again', { object: 'pi_paid' }))
    await post(worker.url, event('evt_other', { object: 'pi_other', type: 'payment_intent.payment_failed' }))
    await until('it was called again', () => hook.seen.length === 2)
    await post(worker.url, event('evt_paid_late', { object: 'pi_paid' }))
    await quiet()
    assert.equal(hook.seen.length, 2, 'once, and again because the answer was lost')
    assert.deepEqual(fulfilled, ['pi_paid'])
    for (const one of hook.seen) {
      assert.equal(one.path, '/fulfil')
      assert.equal(one.headers['idempotency-key'], 'pi_paid')
      assert.equal(one.headers['webhook-id'], 'fulfil:pi_paid')
      assert.equal(one.body.toString(), payload)
      new Webhook(FORWARD_SECRET).verify(one.body, one.headers)
    }
    const all = await until('all is done', async () => {
      const now = await counts(worker.url)
      return now.handed_on === 4 && now
    })
    assert.deepEqual([all.accepted, all.duplicates, all.errands], [4, 1, { waiting: 0, parked: 0 }])
  })
}

test('a hook that fails holds back no event, is parked after its schedule, and is called again when asked', { timeout: 60_000 }, async (t) => {
  let failing = true
  const { worker, hook, alert } = await started(
    t,
    { origin: () => ({ status: 200 }), hook: () => ({ status: failing ? 500 : 200 }), alert: () => ({}) },
    {},
    { FORWARD_SCHEDULE_MS: '50 50' },
  )
  await post(worker.url, event('evt_paid', { object: 'pi_paid' }))
  await until('the event went on', async () => (await counts(worker.url)).handed_on === 1)
  await until('the errand is parked', async () => (await counts(worker.url)).errands.parked === 1)
  assert.equal(hook.seen.length, 3)
  await until('somebody was told', () => alert.seen.length === 1)
  assert.deepEqual(told(alert), [{ type: 'inbox.event_parked', source: 'shop', event: 'fulfil pi_paid' }])
  failing = false
  assert.deepEqual(await ask(worker.url, '/inbox/shop/retry', 'POST'), { retried: 1 })
  await until('it was called', () => hook.seen.length === 4)
  assert.deepEqual((await counts(worker.url)).errands, { waiting: 0, parked: 0 })
})

test('one signed message tells of a parked event, though telling fails at first', { timeout: 60_000 }, async (t) => {
  const { worker, alert } = await started(
    t,
    { origin: () => ({ status: 400 }), alert: (one) => ({ status: one.headers['farthing-try'] === '1' ? 503 : 200 }) },
  )
  await post(worker.url, event('evt_refused'))
  await until('somebody was told', () => alert.seen.length === 2)
  await ask(worker.url, '/inbox/shop/retry', 'POST')
  await until('it is parked again', async () => (await counts(worker.url)).parked === 1)
  await quiet()
  assert.equal(alert.seen.length, 2, 'what was told is not told again')
  const expected = { type: 'inbox.event_parked', source: 'shop', event: 'evt_refused' }
  assert.deepEqual(told(alert), [expected, expected])
  assert.equal(new Set(alert.seen.map((one) => one.headers['webhook-id'])).size, 1)
})

test('an alert that cannot be sent is dropped after its schedule, not kept for ever', { timeout: 60_000 }, async (t) => {
  const { worker, alert } = await started(
    t,
    { origin: () => ({ status: 400 }), alert: () => ({ status: 500 }) },
    {},
    { FORWARD_SCHEDULE_MS: '50 50' },
  )
  await post(worker.url, event('evt_refused'))
  await until('telling was tried', () => alert.seen.length === 3)
  const all = await until('it is over', async () => {
    const now = await counts(worker.url)
    return now.errands.waiting === 0 && now
  })
  assert.deepEqual([all.parked, all.errands, all.dropped, all.handed_on], [1, { waiting: 0, parked: 0 }, 0, 0])
})

test('an errand whose address was taken out of the settings is parked to be seen, and does not stay busy', { timeout: 60_000 }, async (t) => {
  const storage = mkdtempSync(join(tmpdir(), 'farthing-edge-'))
  t.after(() => rmSync(storage, { recursive: true, force: true }))
  const hook = await serve((_, nth) => ({ status: nth === 1 ? 500 : 200 }))
  t.after(hook.stop)
  const bindings = (source) => settings(source, { FORWARD_SCHEDULE_MS: '500 '.repeat(3) })
  const before = await start({ bindings: bindings({ fulfil: hook.url }), storage })
  await post(before.url, event('evt_paid', { object: 'pi_paid' }))
  await until('it was called', () => hook.seen.length === 1)
  await before.stop()

  const without = await start({ bindings: bindings({}), storage })
  await ask(without.url, '/status')
  await until('it is parked', async () => (await counts(without.url)).errands.parked === 1)
  const { rows } = await ask(without.url, '/inbox/shop/parked')
  assert.deepEqual(rows.map((row) => row.id), ['fulfil pi_paid'])
  await without.stop()

  const again = await start({ bindings: bindings({ fulfil: hook.url }), storage })
  t.after(again.stop)
  const id = encodeURIComponent('fulfil pi_paid')
  assert.deepEqual(await ask(again.url, `/inbox/shop/events/${id}/retry`, 'POST'), { retried: 1 })
  await until('it was called', () => hook.seen.length === 2)
})

test('no sender takes the place of an errand, whatever it calls its events', { timeout: 60_000 }, async (t) => {
  const { worker, hook } = await started(t, { origin: () => ({ status: 200 }), hook: () => ({ status: 200 }) })
  const other = event('fulfil:pi_paid', { object: 'pi_paid', type: 'payment_intent.created' })
  assert.equal((await post(worker.url, other)).status, 200)
  const spaced = await post(worker.url, event('fulfil pi_paid', { object: 'pi_paid', type: 'payment_intent.created' }))
  assert.equal(spaced.status, 400)
  await post(worker.url, event('evt_paid', { object: 'pi_paid' }))
  await until('it is fulfilled', () => hook.seen.length === 1)
})

test('one signed message tells of a gap that is not waited for any longer', { timeout: 60_000 }, async (t) => {
  const { worker, alert, origin } = await started(t, { origin: () => ({ status: 200 }), alert: () => ({}) }, { gap_wait_ms: 300 })
  for (const n of [1, 4, 5]) await post(worker.url, event(`evt_${n}`, { object: 'pi_gap', sequence: n, previous_sequence: n - 1 || null }))
  await until('all went on', () => origin.seen.length === 3)
  await until('somebody was told', () => alert.seen.length > 0)
  await worker.cron()
  await quiet()
  assert.deepEqual(told(alert), [{ type: 'inbox.gap_open', source: 'shop', object: 'pi_gap', missing: '2-3' }])
})

test('one signed message a minute tells of failing signatures, and none of a few', { timeout: 60_000 }, async (t) => {
  const { worker, alert } = await started(t, { alert: () => ({}) }, {}, { ALERT_FAILURES_PER_MINUTE: '10' })
  // Within one minute by the clock, so that one message is all that may come.
  const left = 60_000 - (Date.now() % 60_000)
  if (left < 12_000) await new Promise((resolve) => setTimeout(resolve, left + 50))
  const fail = async (times) => {
    for (let index = 0; index < times; index += 1) {
      const payload = event(`evt_f${index}`)
      assert.equal((await post(worker.url, payload, { header: signed(payload, WRONG_SECRET) })).status, 400)
    }
    await ask(worker.url, '/status')
  }
  await fail(10)
  await quiet()
  assert.equal(alert.seen.length, 0)
  await fail(5)
  await until('somebody was told', () => alert.seen.length > 0)
  await fail(20)
  await quiet()
  const [{ count, ...rest }, ...more] = told(alert)
  assert.deepEqual([rest, more], [{ type: 'inbox.signatures_failing', source: 'shop' }, []])
  assert.ok(count > 10 && count <= 15, String(count))
  assert.deepEqual((await counts(worker.url)).rejected, { signature_mismatch: 35 })
})

test('while a message of failing signatures is not told yet there is no second one', { timeout: 60_000 }, async (t) => {
  const clock = `
    import Worker, { Inbox } from './index.js'
    export { Inbox }
    const Real = Date
    let ahead = 0
    globalThis.Date = class extends Real {
      constructor(...given) { super(...(given.length > 0 ? given : [Real.now() + ahead])) }
      static now() { return Real.now() + ahead }
    }
    export default class extends Worker {
      async fetch(request) {
        if (new URL(request.url).pathname === '/later') return new Response(String((ahead += 60_000)))
        return super.fetch(request)
      }
    }
  `
  const more = { ALERT_FAILURES_PER_MINUTE: '10', FORWARD_SCHEDULE_MS: '3600000' }
  const { worker, alert } = await started(t, { alert: () => ({ status: 500 }) }, {}, more, clock)
  for (let minute = 0; minute < 3; minute += 1) {
    for (let index = 0; index < 15; index += 1) {
      const payload = event(`evt_f${index}`)
      assert.equal((await post(worker.url, payload, { header: signed(payload, WRONG_SECRET) })).status, 400)
    }
    await ask(worker.url, '/status')
    await until('telling was tried', () => alert.seen.length > 0)
    await fetch(`${worker.url}/later`)
  }
  assert.equal((await counts(worker.url)).errands.waiting, 1)
})
