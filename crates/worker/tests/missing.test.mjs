// Missing events that are asked for: what a backend still has need not be waited for.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { start } from '../runtime.mjs'
import { counts, event, post, serve, settings, until } from './helpers.mjs'

const KEY = 'rk_test_of_the_inbox'
const numbered = (n, object = 'pi_a') =>
  event(`evt_${object}_${n}`, { object, sequence: n, previous_sequence: n - 1 || null })
const read = (one) => ({ ...JSON.parse(one.body), marks: one.headers['farthing-marks'], missing: one.headers['farthing-missing'] })

async function started(t, answer, source = {}) {
  const origin = await serve(() => ({ status: 200 }))
  const backend = await serve(answer)
  const worker = await start({
    bindings: settings(
      { forward: origin.url, fetch_from: `${backend.url}/`, endpoint: 'we_of_the_inbox', ...source },
      { FETCH_KEY_SHOP: KEY },
    ),
  })
  t.after(async () => {
    await worker.stop()
    await origin.stop()
    await backend.stop()
  })
  return { origin, backend, worker, sequences: () => origin.seen.map((one) => read(one).sequence) }
}

/** A backend's answer: the events of an object after a number, oldest first. */
function list(request, numbers) {
  const { searchParams } = new URL(request.path, 'http://backend')
  const after = Number(searchParams.get('after_sequence'))
  const object = searchParams.get('object')
  const events = numbers.filter((n) => n > after).map((n) => numbered(n, object))
  const body = `{"object":"list","url":"/v1/farthing/events","has_more":false,"data":[${events.join(',')}]}`
  return { status: 200, headers: { 'content-type': 'application/json' }, body }
}

test('a gap is filled from the backend: without waiting, in order, and nobody is told of one', { timeout: 60_000 }, async (t) => {
  const { origin, backend, worker, sequences } = await started(t, (one) => list(one, [1, 2, 3, 4, 5, 6]))
  await post(worker.url, numbered(1))
  await until('the first is through', () => origin.seen.length === 1)
  const from = Date.now()
  await post(worker.url, numbered(5))
  await until('all are through', () => origin.seen.length === 5)
  t.diagnostic(`a gap of three was filled in ${Date.now() - from} ms`)
  assert.deepEqual(sequences(), [1, 2, 3, 4, 5])
  for (const one of origin.seen) {
    assert.equal(one.headers['farthing-marks'], undefined)
    assert.equal(one.body.toString(), numbered(read(one).sequence), 'the bytes that the backend wrote')
  }
  const [asked, ...more] = backend.seen
  assert.equal(more.length, 0, 'it was asked once')
  const { pathname, searchParams } = new URL(asked.path, backend.url)
  assert.equal(pathname, '/v1/farthing/events')
  const { object, after_sequence, webhook_endpoint } = Object.fromEntries(searchParams)
  assert.deepEqual([object, after_sequence, webhook_endpoint], ['pi_a', '1', 'we_of_the_inbox'])
  assert.equal(asked.headers.authorization, `Bearer ${KEY}`)
  // Their own delivery, late, is one more copy; and what was beyond the gap was left alone.
  for (const n of [2, 3, 4]) assert.equal((await (await post(worker.url, numbered(n))).json()).duplicate, true)
  const { accepted, duplicates, gaps } = await until('all is told', async () => {
    const now = await counts(worker.url)
    return now.handed_on === 5 && now
  })
  assert.deepEqual([accepted, duplicates, gaps.open, gaps.given_up], [5, 3, 0, 0])
  assert.ok(gaps.filled > 0)
})

for (const [what, answer] of [
  ['is down', () => ({ status: 0 })],
  ['answers 500', () => ({ status: 500 })],
  ['answers with something else', () => ({ status: 200, body: '<html>' })],
  ['has lost them, too', (one) => list(one, [])],
  ["answers with another object's", (one) => list({ path: one.path.replace('pi_a', 'pi_b') }, [2, 3])],
]) {
  test(`when the backend ${what}, a gap is waited for and told`, { timeout: 60_000 }, async (t) => {
    const { backend, worker, sequences, origin } = await started(t, answer, { gap_wait_ms: 800 })
    await post(worker.url, numbered(1))
    await until('the first is through', () => origin.seen.length === 1)
    const from = Date.now()
    await post(worker.url, numbered(4))
    await until('the gap is open', async () => (await counts(worker.url)).gaps.open === 1)
    await until('it is told', () => origin.seen.length === 2)
    assert.ok(Date.now() - from >= 700, 'it was waited for')
    assert.deepEqual(sequences(), [1, 4])
    assert.deepEqual([read(origin.seen[1]).marks, read(origin.seen[1]).missing], ['gap', '2-3'])
    assert.equal(backend.seen.length, 1, 'the backend is asked now and then, not again and again')
    assert.equal((await counts(worker.url)).gaps.given_up, 1)
  })
}

test('events that come out of order close their gap piece by piece', { timeout: 60_000 }, async (t) => {
  const { worker, sequences, origin } = await started(t, () => ({ status: 500 }))
  for (const n of [1, 7, 4, 2, 6, 3, 5]) await post(worker.url, numbered(n))
  await until('all are through', () => origin.seen.length === 7)
  assert.deepEqual(sequences(), [1, 2, 3, 4, 5, 6, 7])
  const { gaps } = await counts(worker.url)
  assert.deepEqual([gaps.open, gaps.given_up], [0, 0])
})
