// Handing events on to a queue.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { start } from '../runtime.mjs'
import { STATUS_TOKEN, counts, event, post, serve, settings, until } from './helpers.mjs'

/** A Worker that consumes the queue, and posts what it gets to a server of the test's. */
async function started(t, { wrap, schedule = '100 '.repeat(20), more = {} } = {}) {
  const consumer = await serve(() => ({ status: 200 }))
  const worker = await start({
    bindings: settings({ queue: 'EVENTS' }, { FORWARD_SCHEDULE_MS: schedule, ...more }),
    wrap,
    queues: { EVENTS: 'events' },
    beside: [
      {
        name: 'consumer',
        modules: true,
        queueConsumers: { events: { maxBatchSize: 10, maxBatchTimeout: 0 } },
        script: `export default {
          async queue(batch) {
            for (const message of batch.messages) {
              await fetch('${consumer.url}', { method: 'POST', body: JSON.stringify(message.body) })
            }
          }
        }`,
      },
    ],
  })
  t.after(async () => {
    await worker.stop()
    await consumer.stop()
  })
  return { worker, messages: () => consumer.seen.map((one) => JSON.parse(one.body)) }
}

test('a queue gets every event, with what an origin is told in headers', { timeout: 60_000 }, async (t) => {
  const { worker, messages } = await started(t)
  const payload = event('evt_q1', { object: 'pi_q', sequence: 1, previous_sequence: null }).replace('usd', '\u20ac')
  await post(worker.url, payload)
  const [message] = await until('it came', () => messages().length > 0 && messages())
  const { received_at, ...rest } = message
  assert.ok(Math.abs(received_at - Date.now()) < 60_000)
  assert.deepEqual(rest, {
    id: 'evt_q1',
    source: 'shop',
    type: 'payment_intent.succeeded',
    object: 'pi_q',
    sequence: 1,
    marks: [],
    missing: null,
    try: 1,
    body: payload,
  })
  const status = await until('it is told', async () => {
    const now = await counts(worker.url)
    return now.handed_on === 1 && now
  })
  assert.equal(status.hand_on, 'queue')
})

test('events of one object enter the queue in its order, with their marks', { timeout: 60_000 }, async (t) => {
  const { worker, messages } = await started(t)
  const created = [1, 2, 3, 4, 5]
  for (const second of created) await post(worker.url, event(`evt_o${second}`, { object: 'pi_o', created: second }))
  await until('they came', () => messages().length === 5)
  assert.deepEqual(messages().map((one) => one.id), created.map((second) => `evt_o${second}`))
  await post(worker.url, event('evt_o0', { object: 'pi_o', created: 0 }))
  await until('it came', () => messages().length === 6)
  assert.deepEqual(messages()[5].marks, ['stale'])
})

test('a body too large for a message goes as a reference, which the token reads', { timeout: 60_000 }, async (t) => {
  const { worker, messages } = await started(t)
  const payload = event('evt_large/?#%25', { description: '\u20ac'.repeat(50_000) })
  assert.equal((await post(worker.url, payload)).status, 200)
  const [message] = await until('it came', () => messages().length > 0 && messages())
  assert.equal(message.body, undefined)
  assert.ok(JSON.stringify(message).length < 1_000)
  const address = new URL(message.reference, worker.url)
  assert.equal((await fetch(address)).status, 401)
  const row = await (await fetch(address, { headers: { authorization: `Bearer ${STATUS_TOKEN}` } })).json()
  assert.deepEqual([row.id, row.body === payload], ['evt_large/?#%25', true])

  const small = event('evt_small', { description: 'x'.repeat(110_000) })
  await post(worker.url, small)
  await until('it came', () => messages().length === 2)
  assert.equal(messages()[1].body, small)
})

test('a queue that never answers is given up on in time, and tried again', { timeout: 60_000 }, async (t) => {
  const wrap = `
    import Worker, { Inbox as Real } from './index.js'
    export default Worker
    let tries = 0
    export class Inbox extends Real {
      constructor(state, env) {
        const send = (message, options) => ((tries += 1) === 1 ? new Promise(() => {}) : env.EVENTS.send(message, options))
        super(state, { ...env, EVENTS: { send, constructor: env.EVENTS.constructor } })
      }
    }
  `
  const { worker, messages } = await started(t, { wrap, more: { FORWARD_TIMEOUT_MS: '400' } })
  await post(worker.url, event('evt_hangs'))
  await until('it came', () => messages().length === 1)
  assert.equal(messages()[0].try, 2)
})

test('a queue that refuses is tried again, and by the schedule parked', { timeout: 60_000 }, async (t) => {
  const wrap = `
    import Worker, { Inbox as Real } from './index.js'
    export default Worker
    let tries = 0
    export class Inbox extends Real {
      constructor(state, env) {
        const send = async (message, options) => {
          if (message.id === 'evt_never' || (tries += 1) <= 3) throw new Error('the queue is full')
          return env.EVENTS.send(message, options)
        }
        super(state, { ...env, EVENTS: { send, constructor: env.EVENTS.constructor } })
      }
    }
  `
  const { worker, messages } = await started(t, { wrap, schedule: '100 '.repeat(5) })
  await post(worker.url, event('evt_again'))
  await post(worker.url, event('evt_never'))
  await until('one came', () => messages().length === 1)
  assert.deepEqual([messages()[0].id, messages()[0].try], ['evt_again', 4])
  await until('the other is parked', async () => (await counts(worker.url)).parked === 1)
  const { handed_on, waiting } = await counts(worker.url)
  assert.deepEqual([handed_on, waiting], [1, 0])
})
