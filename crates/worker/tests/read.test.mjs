// What the inbox shows, and to whom.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { start } from '../runtime.mjs'
import { STATUS_TOKEN, ask, counts, event, post, settings } from './helpers.mjs'

let worker

before(async () => {
  worker = await start({ bindings: settings() })
})
after(() => worker.stop())

test('nobody reads without the token', async () => {
  const wrong = [undefined, 'Bearer ', 'Bearer x', STATUS_TOKEN, `Basic ${STATUS_TOKEN}`, `Bearer ${STATUS_TOKEN}x`, `Bearer ${STATUS_TOKEN.slice(1)}`]
  for (const [method, path] of [['GET', '/status'], ['GET', '/inbox/shop'], ['POST', '/inbox/shop/retry']]) {
    for (const authorization of wrong) {
      const headers = authorization === undefined ? {} : { authorization }
      const answer = await fetch(worker.url + path, { method, headers })
      assert.equal(answer.status, 401, `${path} ${authorization}`)
      assert.equal((await answer.json()).error.code, 'unauthorized')
    }
  }
})

test('rows show what the event is about, in order, and a cursor misses nothing', async () => {
  const ids = Array.from({ length: 25 }, (_, index) => `evt_p${String(index).padStart(2, '0')}`)
  for (const id of ids) await post(worker.url, event(id, { amount: Number(id.slice(5)) + 1 }))
  assert.deepEqual(await counts(worker.url), {
    accepted: 25, duplicates: 0, forwarded: 0, waiting: 0, parked: 0, stored: 25,
  })
  const seen = []
  let after = ''
  for (let page = 0; page < 10; page += 1) {
    const answer = await ask(worker.url, `/inbox/shop?limit=4&after=${after}`)
    assert.ok(answer.rows.length <= 4)
    seen.push(...answer.rows)
    after = answer.next
    if (!answer.has_more) break
  }
  assert.deepEqual(seen.map((row) => row.id).sort(), ids)
  const last = seen.find((row) => row.id === 'evt_p24')
  assert.equal(last.type, 'payment_intent.succeeded')
  assert.equal(last.object, 'pi_evt_p24')
  assert.deepEqual([last.amount, last.currency, last.state], [25, 'usd', 'stored'])
  assert.equal(last.body, event('evt_p24', { amount: 25 }))
  await post(worker.url, event('evt_late'))
  const tail = await ask(worker.url, `/inbox/shop?after=${after}`)
  assert.deepEqual([tail.rows.map((row) => row.id), tail.has_more], [['evt_late'], false])
  assert.deepEqual((await ask(worker.url, `/inbox/shop?after=${tail.next}`)).rows, [])
  assert.equal((await ask(worker.url, '/inbox/nobody')).error.code, 'unknown_source')
})

test('the cron trigger sweeps without harm', async () => {
  await worker.cron()
  assert.equal((await counts(worker.url)).accepted, 26)
})
