// The order of an object's events: whatever happens on the way in, an origin sees each object's
// events in order, once, and is told of every gap.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { start } from '../runtime.mjs'
import { ask, counts, each, event, post, random, serve, settings, shuffled, until } from './helpers.mjs'

const SEED = 6735
const read = (one) => ({ ...JSON.parse(one.body), marks: one.headers['farthing-marks'], missing: one.headers['farthing-missing'] })

async function started(t, source, answer = () => ({ status: 200 }), more = {}) {
  const origin = await serve(answer)
  const worker = await start({ bindings: settings({ forward: `${origin.url}/hook`, ...source }, more) })
  t.after(async () => {
    await worker.stop()
    await origin.stop()
  })
  return { origin, worker }
}

/** An event of a sender that counts. */
const numbered = (object, sequence, previous, more = {}) =>
  event(`evt_${object}_${sequence}`, { object, sequence, previous_sequence: previous || null, ...more })

test('10,000 events of 100 objects, shuffled, copied, 1 % withheld: in order, every gap told, none lost', { timeout: 240_000 }, async (t) => {
  const [objects, per_object] = [100, 100]
  const chance = random(SEED)
  const sent = []
  const withheld = new Map()
  for (let o = 0; o < objects; o += 1) {
    const object = `pi_${String(o).padStart(3, '0')}`
    for (let n = 1; n <= per_object; n += 1) {
      // The first and the last of an object arrive: before and after them nothing can be known.
      if (n > 1 && n < per_object && chance() < 0.01) {
        withheld.set(object, [...(withheld.get(object) ?? []), n])
        continue
      }
      const payload = numbered(object, n, n - 1)
      sent.push(payload, ...(chance() < 0.1 ? [payload] : []))
    }
  }
  assert.ok(withheld.size > 30, 'enough is withheld to mean something')
  const accepted = objects * per_object - [...withheld.values()].flat().length

  // The wait for what is missing is longer than the stream.
  const storage = mkdtempSync(join(tmpdir(), 'farthing-edge-'))
  const origin = await serve(() => ({ status: 200 }))
  const bindings = (waits) => settings({ forward: `${origin.url}/hook`, ...waits })
  let worker = await start({ bindings: bindings({ gap_wait_ms: 600_000, baseline_wait_ms: 600_000 }), storage })
  t.after(async () => {
    await worker.stop()
    await origin.stop()
    rmSync(storage, { recursive: true, force: true })
  })
  const started_at = Date.now()
  await each(shuffled(sent, chance), 32, async (payload) => assert.equal((await post(worker.url, payload)).status, 200))
  const arrived_at = Date.now()
  let free = objects * per_object // What has no gap before it.
  for (const [first] of withheld.values()) free -= per_object - first + 1
  const gone = async () => {
    const now = await counts(worker.url)
    return now.handed_on === free && now
  }
  const left = await until('only what waits behind a gap is left', gone, 60_000)
  assert.ok(left.gaps.open >= withheld.size)
  assert.deepEqual([left.accepted, left.duplicates], [accepted, sent.length - accepted])
  t.diagnostic(`${sent.length} webhooks in ${arrived_at - started_at} ms; ${left.waiting} wait behind ${left.gaps.open} gaps`)
  assert.ok(!origin.seen.some((one) => one.headers['farthing-marks']), 'nothing behind a gap went on')

  // Then it is over.
  await worker.stop()
  worker = await start({ bindings: bindings({ gap_wait_ms: 0 }), storage })
  const done = async () => (await counts(worker.url)).handed_on === accepted
  await until('all were handed on', done, 60_000)
  assert.equal(origin.seen.length, accepted, 'each was handed on once')
  const by_object = new Map()
  for (const one of origin.seen.map(read)) {
    const object = one.data.object.id
    by_object.set(object, [...(by_object.get(object) ?? []), one])
  }
  let told = 0
  for (const [object, seen] of by_object) {
    const missing = withheld.get(object) ?? []
    const expected = Array.from({ length: per_object }, (_, index) => index + 1).filter((n) => !missing.includes(n))
    assert.deepEqual(seen.map((one) => one.sequence), expected, object)
    const named = seen.flatMap((one) => numbers(one.missing))
    assert.deepEqual(named, missing, object)
    assert.deepEqual(seen.filter((one) => one.marks === 'gap').length, seen.filter((one) => one.missing).length)
    told += named.length
  }
  const { gaps } = await ask(worker.url, '/inbox/shop/gaps')
  assert.ok(gaps.every((gap) => gap.state !== 'open'), 'those that were only late are filled')
  const given_up = origin.seen.filter((one) => one.headers['farthing-marks'] === 'gap').length
  const in_the_end = (await counts(worker.url)).gaps
  assert.deepEqual([in_the_end.open, in_the_end.given_up], [0, given_up])
  t.diagnostic(`${told} missing events were named in ${given_up} gaps; ${in_the_end.filled} others were only late`)
})

test('a missing event that comes in time closes its gap; one that comes late is told to be', { timeout: 60_000 }, async (t) => {
  const { origin, worker } = await started(t, { gap_wait_ms: 1_500 })
  const sequences = () => origin.seen.map((one) => read(one).sequence)
  for (const n of [1, 2, 4]) await post(worker.url, numbered('pi_in_time', n, n - 1))
  await until('the gap is open', async () => (await counts(worker.url)).gaps.open === 1)
  assert.deepEqual(sequences(), [1, 2])
  await post(worker.url, numbered('pi_in_time', 3, 2))
  await until('all came', () => origin.seen.length === 4)
  assert.deepEqual(sequences(), [1, 2, 3, 4])
  assert.ok(!origin.seen.some((one) => one.headers['farthing-marks']))
  const filled = async (count) => (await counts(worker.url)).gaps.filled === count
  await until('it is filled', () => filled(1))

  for (const n of [1, 3]) await post(worker.url, numbered('pi_late', n, n - 1))
  await until('the gap was given up on', () => origin.seen.length === 6)
  assert.deepEqual([read(origin.seen[5]).marks, read(origin.seen[5]).missing], ['gap', '2-2'])
  await post(worker.url, numbered('pi_late', 2, 1))
  await until('it came', () => origin.seen.length === 7)
  assert.equal(read(origin.seen[6]).marks, 'stale')
  await until('it is filled', () => filled(2))
  assert.deepEqual((await counts(worker.url)).gaps, { open: 0, given_up: 0, filled: 2 })
})

test('the first event that is seen of an object is its baseline, and waits a little for older ones', { timeout: 60_000 }, async (t) => {
  const { origin, worker } = await started(t, { baseline_wait_ms: 700, gap_wait_ms: 60_000 })
  await post(worker.url, numbered('pi_old', 8, 7))
  await post(worker.url, numbered('pi_new', 2, 1))
  await post(worker.url, numbered('pi_new', 1, 0))
  await until('the new one came', () => origin.seen.length >= 2)
  assert.deepEqual(origin.seen.map((one) => read(one).sequence), [1, 2])
  await until('the old one came', () => origin.seen.length === 3)
  assert.deepEqual([read(origin.seen[2]).sequence, read(origin.seen[2]).marks], [8, undefined])
  assert.deepEqual((await counts(worker.url)).gaps, { open: 0, given_up: 0, filled: 0 })
})

test('without numbers the time of creation orders, within the time that is set', { timeout: 60_000 }, async (t) => {
  const dated = (object, created) => event(`evt_${object}_${created}`, { object, created })
  const { origin, worker } = await started(t, { reorder_ms: 700 })
  for (const created of [3, 1, 2]) await post(worker.url, dated('pi_a', created))
  await until('all came', () => origin.seen.length === 3)
  assert.deepEqual(origin.seen.map((one) => read(one).created), [1, 2, 3])
  await post(worker.url, dated('pi_a', 0))
  await until('the stale one came', () => origin.seen.length === 4)
  assert.equal(read(origin.seen[3]).marks, 'stale')
})

test('what comes too late is dropped where the source says so, and stays to be seen', { timeout: 60_000 }, async (t) => {
  const dated = (created) => event(`evt_${created}`, { object: 'pi_a', created })
  const { origin, worker } = await started(t, { stale: 'drop' })
  await post(worker.url, dated(2))
  await until('it came', () => origin.seen.length === 1)
  await post(worker.url, dated(1))
  await until('it was dropped', async () => (await counts(worker.url)).dropped === 1)
  assert.equal(origin.seen.length, 1)
  assert.equal((await ask(worker.url, '/inbox/shop/events/evt_1')).state, 'dropped')
  assert.equal((await (await post(worker.url, dated(1))).json()).duplicate, true)
})

test('of two events of one second neither is late, in whichever order they come', { timeout: 60_000 }, async (t) => {
  const dated = (id, created) => event(id, { object: 'pi_a', created })
  const { origin, worker } = await started(t, { stale: 'drop' })
  for (const [index, id] of ['evt_b', 'evt_a', 'evt_c'].entries()) {
    await post(worker.url, dated(id, 2))
    await until('it came', () => origin.seen.length === index + 1)
  }
  assert.ok(!origin.seen.some((one) => one.headers['farthing-marks']))
  await post(worker.url, dated('evt_d', 1))
  await until('the older one was dropped', async () => (await counts(worker.url)).dropped === 1)
})

test('by pull, too, of two events of one second neither is late', { timeout: 60_000 }, async (t) => {
  const worker = await start({ bindings: settings({ stale: 'drop' }) })
  t.after(worker.stop)
  for (const id of ['evt_b', 'evt_a', 'evt_c']) await post(worker.url, event(id, { object: 'pi_a', created: 2 }))
  const { rows } = await ask(worker.url, '/inbox/shop')
  assert.deepEqual(rows.map((row) => [row.id, row.marks]), [['evt_b', []], ['evt_a', []], ['evt_c', []]])
})

test('more events in retry than are looked at together hold back nobody for longer than one does', { timeout: 60_000 }, async (t) => {
  const answer = (one) => ({ status: one.headers['webhook-id'].startsWith('evt_bad') ? 503 : 200 })
  const { origin, worker } = await started(t, { hold_ms: 20 }, answer, { FORWARD_SCHEDULE_MS: '3600000' })
  for (let n = 1; n <= 70; n += 1) await post(worker.url, event(`evt_bad${n}`, { object: 'pi_a', created: n }))
  await until('each was tried', () => origin.seen.length === 70, 40_000)
  await post(worker.url, event('evt_good', { object: 'pi_a', created: 100 }))
  await until('the next one came', () => origin.seen.length === 71)
  const { headers } = origin.seen[70]
  assert.deepEqual([headers['webhook-id'], headers['farthing-marks']], ['evt_good', 'after-unsent'])
})

test('a sender that counts: what is in retry behind the others is not missing to them', { timeout: 60_000 }, async (t) => {
  const answer = (one) => ({ status: Number(/_([0-9]+)$/.exec(one.headers['webhook-id'])[1]) <= 66 ? 503 : 200 })
  const { origin, worker } = await started(t, { hold_ms: 20, gap_wait_ms: 600_000 }, answer, { FORWARD_SCHEDULE_MS: '3600000' })
  for (let n = 1; n <= 68; n += 1) await post(worker.url, numbered('pi_a', n, n - 1))
  await until('all were tried', () => origin.seen.length === 68, 40_000)
  assert.deepEqual(origin.seen.map((one) => read(one).sequence), Array.from({ length: 68 }, (_, index) => index + 1))
  assert.deepEqual((await counts(worker.url)).gaps, { open: 0, given_up: 0, filled: 0 })
})

test('an event in retry holds back its own object alone, and not for ever', { timeout: 60_000 }, async (t) => {
  const failing = new Set(['evt_pi_held_2'])
  const answer = (one) => ({ status: failing.has(one.headers['webhook-id']) ? 503 : 200 })
  const { origin, worker } = await started(t, { hold_ms: 1_200 }, answer, { FORWARD_SCHEDULE_MS: '400 '.repeat(60) })
  const taken = (object) => origin.seen.map(read).filter((one) => one.data.object.id === object && !failing.has(one.id))
  const sent_at = Date.now()
  for (const n of [1, 2, 3]) await post(worker.url, numbered('pi_held', n, n - 1))
  for (const n of [1, 2, 3]) await post(worker.url, numbered('pi_free', n, n - 1))
  await until('the other object is through', () => taken('pi_free').length === 3)
  assert.deepEqual(taken('pi_held').map((one) => one.sequence), [1])
  await until('the one behind it went on', () => taken('pi_held').length === 2)
  assert.ok(Date.now() - sent_at >= 1_200, 'not before the hold ended')
  assert.deepEqual([taken('pi_held')[1].sequence, taken('pi_held')[1].marks], [3, 'after-unsent'])
  failing.clear()
  await until('the failed one came', () => taken('pi_held').some((one) => one.sequence === 2 && one.marks === 'late'))
  await until('all are through', async () => (await counts(worker.url)).handed_on === 6)
})

test('by pull the same order holds: what waits for a missing event is not laid out yet', { timeout: 60_000 }, async (t) => {
  const worker = await start({ bindings: settings({ gap_wait_ms: 1_500 }) })
  t.after(worker.stop)
  for (const n of [1, 3, 4, 2, 6]) await post(worker.url, numbered('pi_a', n, n - 1))
  const first = await ask(worker.url, '/inbox/shop')
  assert.deepEqual(first.rows.map((row) => row.sequence), [1, 2, 3, 4])
  const late = await until('the gap was given up on', async () => {
    const page = await ask(worker.url, `/inbox/shop?after=${first.next}`)
    return page.rows.length > 0 && page
  })
  assert.deepEqual(late.rows.map((row) => [row.sequence, row.marks, row.missing]), [[6, ['gap'], '5-5']])
  assert.equal(late.rows[0].body, numbered('pi_a', 6, 5))
})

/** The numbers of a `from-to`. */
function numbers(missing) {
  if (!missing) return []
  const [from, to] = missing.split('-').map(Number)
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}
