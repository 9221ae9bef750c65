// Many at once: one event however often it is sent, and no object that waits for another one.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { start } from '../runtime.mjs'
import { ask, counts, each, event, post, serve, settings, signed, until } from './helpers.mjs'

async function started(t, answer, more = {}) {
  const origin = await serve(answer)
  const worker = await start({ bindings: settings({ forward: origin.url }, more) })
  t.after(async () => {
    await worker.stop()
    await origin.stop()
  })
  return { origin, worker }
}

test('1,000 concurrent copies of one event are stored once and handed on once', { timeout: 60_000 }, async (t) => {
  const { origin, worker } = await started(t, () => ({ status: 200 }))
  const payload = event('evt_copies')
  const header = signed(payload)
  const from = Date.now()
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, async () => (await post(worker.url, payload, { header })).json()),
  )
  t.diagnostic(`1,000 copies were answered in ${Date.now() - from} ms`)
  assert.equal(answers.filter((answer) => answer.received && !answer.duplicate).length, 1)
  assert.equal(answers.filter((answer) => answer.received && answer.duplicate).length, 999)
  await until('it was handed on', async () => (await counts(worker.url)).handed_on === 1)
  await worker.cron()
  await new Promise((resolve) => setTimeout(resolve, 300))
  const { accepted, duplicates, handed_on, waiting } = await counts(worker.url)
  assert.deepEqual({ accepted, duplicates, handed_on, waiting }, { accepted: 1, duplicates: 999, handed_on: 1, waiting: 0 })
  assert.equal(origin.seen.length, 1)
})

test('an event that fails holds back its own object alone', { timeout: 60_000 }, async (t) => {
  const { origin, worker } = await started(
    t,
    (one) => ({ status: one.headers['webhook-id'] === 'evt_bad' ? 500 : 200 }),
    { SHARDS: '1', FORWARD_SCHEDULE_MS: '200 '.repeat(60) },
  )
  await post(worker.url, event('evt_bad', { object: 'pi_bad' }))
  await post(worker.url, event('evt_behind', { object: 'pi_bad', created: 1_795_000_001 }))
  const good = Array.from({ length: 300 }, (_, index) => `evt_g${index}`)
  await each(good, 16, async (id) => assert.equal((await post(worker.url, event(id))).status, 200))
  await until('the others are through', async () => (await counts(worker.url)).handed_on === 300)
  const ids = origin.seen.map((one) => one.headers['webhook-id'])
  assert.ok(!ids.includes('evt_behind'))
  assert.equal((await counts(worker.url)).waiting, 2)
})

test('an event whose origin hangs holds back its own object alone', { timeout: 60_000 }, async (t) => {
  let release
  const held = new Promise((resolve) => (release = resolve))
  const { worker } = await started(
    t,
    async (one) => {
      if (one.headers['webhook-id'] === 'evt_hangs') await held
      return { status: 200 }
    },
    { SHARDS: '1', FORWARD_TIMEOUT_MS: '30000' },
  )
  await post(worker.url, event('evt_hangs'))
  await new Promise((resolve) => setTimeout(resolve, 300)) // The alarm is at work now, with nothing else to do.
  const from = Date.now()
  for (let index = 0; index < 20; index += 1) await post(worker.url, event(`evt_g${index}`))
  await until('the others are through', async () => (await counts(worker.url)).handed_on === 20, 10_000)
  t.diagnostic(`20 others took ${Date.now() - from} ms beside one that hung`)
  const before = await counts(worker.url)
  assert.equal(before.waiting, 1)
  assert.ok(before.lag_ms >= 300, `the page shows how long the oldest waits: ${before.lag_ms} ms`)
  release()
  await until('it is through, too', async () => (await counts(worker.url)).handed_on === 21)
})

test('objects go side by side, but never more than six from a shard', { timeout: 60_000 }, async (t) => {
  let most = 0
  let running = 0
  const { worker } = await started(
    t,
    async () => {
      most = Math.max(most, (running += 1))
      await new Promise((resolve) => setTimeout(resolve, 20))
      running -= 1
      return { status: 200 }
    },
    { SHARDS: '1' },
  )
  await each(Array.from({ length: 60 }, (_, index) => `evt_s${index}`), 30, async (id) => post(worker.url, event(id)))
  await until('all are through', async () => (await counts(worker.url)).handed_on === 60)
  assert.ok(most > 1 && most <= 6, `${most} at once`)
})

test('a source is spread over its shards, for good', { timeout: 60_000 }, async (t) => {
  const { worker } = await started(t, () => ({ status: 200 }), { SHARDS: '4' })
  await each(Array.from({ length: 40 }, (_, index) => `evt_s${index}`), 10, async (id) => post(worker.url, event(id)))
  await until('all are through', async () => (await counts(worker.url)).handed_on === 40)
  const { shards } = await counts(worker.url)
  const { next } = await ask(worker.url, '/inbox/shop')
  const places = next.slice(1).split('.').map(Number)
  assert.deepEqual([shards, places.length], [4, 4])
  assert.ok(places.every((place) => place > 0), next)
})
