// Folders of another time: one of the first shape opens, one of a newer shape is left alone.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { start } from '../runtime.mjs'
import { STRIPE_SECRET, ask, counts, event, post, serve, settings, until } from './helpers.mjs'

const SHARDS = 4
const AT = 1_794_000_000_000

/** The first shape, as it was deployed. It is written out here, so that no change of ours changes it. */
const FIRST = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY) STRICT;
  CREATE TABLE item (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT,
    object TEXT,
    created_s INTEGER,
    sequence INTEGER,
    previous_sequence INTEGER,
    headers TEXT NOT NULL,
    body BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'forwarded', 'parked', 'stored')),
    due_at INTEGER CHECK ((state = 'waiting') = (due_at IS NOT NULL)),
    tries INTEGER NOT NULL DEFAULT 0,
    answer INTEGER,
    changed_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX item_due ON item (due_at, seq) WHERE state = 'waiting';
  CREATE INDEX item_state ON item (state, changed_at);
  INSERT INTO meta (name, value) VALUES
    ('duplicates', 3), ('pruned', 0), ('schema', 1), ('source', 'shop'), ('spread', ${SHARDS});
`

/** A Durable Object of the same name, that runs whatever SQL it is sent. */
const WRITER = `
  import { DurableObject } from 'cloudflare:workers'
  export class Inbox extends DurableObject {
    async fetch(request) {
      const { statements } = await request.json()
      return Response.json(statements.map(([sql, ...values]) => this.ctx.storage.sql.exec(sql, ...values).toArray()))
    }
  }
  export class Limiter extends DurableObject {}
  export default {
    fetch(request, env) {
      const shard = new URL(request.url).pathname.slice(1)
      return env.INBOX.get(env.INBOX.idFromName(shard)).fetch(request)
    }
  }
`

function folder(t) {
  const storage = mkdtempSync(join(tmpdir(), 'farthing-edge-'))
  t.after(() => rmSync(storage, { recursive: true, force: true }))
  return storage
}

/** Runs SQL in shards, by number, while no other Worker has the folder. Answers every statement's rows. */
async function write(storage, work) {
  const writer = await start({ storage, alone: WRITER })
  const answers = []
  try {
    for (const [shard, statements] of Object.entries(work)) {
      const body = JSON.stringify({ statements })
      const answer = await fetch(`${writer.url}/shop/${shard}`, { method: 'POST', body })
      assert.equal(answer.status, 200)
      answers.push(await answer.json())
    }
  } finally {
    await writer.stop()
  }
  return answers
}

const statements = (script) => script.split(';').map((sql) => sql.trim()).filter(Boolean).map((sql) => [sql])

/** A row of the first shape. */
function item({ seq, id, object = null, sequence = null, previous = null, state, tries = 0, answer = null }) {
  const body = event(id, { object: object ?? undefined, ...(sequence && { sequence, previous_sequence: previous }) })
  const headers = JSON.stringify([['content-type', 'application/json']])
  return [
    `INSERT INTO item (seq, id, kind, object, created_s, sequence, previous_sequence, headers, body, received_at,
       state, due_at, tries, answer, changed_at)
     VALUES (?, ?, 'payment_intent.succeeded', ?, 1795000000, ?, ?, ?, CAST(? AS BLOB), ${AT}, ?, ?, ?, ?, ${AT})`,
    seq, id, object, sequence, previous, headers, body, state, state === 'waiting' ? AT : null, tries, answer,
  ]
}

test('a folder of the first shape opens: what waited goes on, what was parked can, and nothing comes twice', { timeout: 60_000 }, async (t) => {
  const storage = folder(t)
  const work = {}
  for (let shard = 0; shard < SHARDS; shard += 1) {
    const object = `pi_old${shard}`
    work[shard] = [
      ...statements(FIRST),
      item({ seq: 1, id: `evt_${shard}_1`, object, sequence: 1, state: 'forwarded', tries: 1, answer: 200 }),
      item({ seq: 2, id: `evt_${shard}_2`, object, sequence: 2, previous: 1, state: 'parked', tries: 5, answer: 400 }),
      item({ seq: 3, id: `evt_${shard}_3`, object, sequence: 3, previous: 2, state: 'waiting', tries: 2, answer: 500 }),
      item({ seq: 4, id: `evt_${shard}_4`, state: 'stored' }),
      item({ seq: 5, id: `evt_${shard}_5`, state: 'waiting' }),
    ]
  }
  await write(storage, work)

  const origin = await serve(() => ({ status: 200 }))
  t.after(origin.stop)
  const worker = await start({ bindings: settings({ forward: origin.url }), storage })
  t.after(worker.stop)
  const first = await counts(worker.url)
  assert.deepEqual([first.shards, first.accepted, first.duplicates, first.parked], [SHARDS, 20, 12, 4])
  const all = await until('what waited went on', async () => {
    const now = await counts(worker.url)
    return now.waiting === 0 && now
  })
  assert.deepEqual([all.handed_on, all.parked, all.dropped], [16, 4, 0])
  const ids = origin.seen.map((one) => one.headers['webhook-id']).sort()
  assert.deepEqual(ids, ['evt_0_3', 'evt_0_5', 'evt_1_3', 'evt_1_5', 'evt_2_3', 'evt_2_5', 'evt_3_3', 'evt_3_5'])
  const third = origin.seen.find((one) => one.headers['webhook-id'] === 'evt_0_3')
  const body = event('evt_0_3', { object: 'pi_old0', sequence: 3, previous_sequence: 2 })
  const { 'farthing-try': number, 'farthing-marks': marks } = third.headers
  assert.deepEqual([third.body.toString(), number, marks], [body, '3', 'after-unsent'])
  assert.deepEqual(all.gaps, { open: 0, given_up: 0, filled: 0 }, 'what is parked is not missing')

  // All twenty are still known, each in the shard that would be asked: which one that is, the objects' hash says.
  const listed = await ask(worker.url, '/inbox/shop/arrived?limit=100')
  assert.equal(listed.rows.length, 20)
  const parked = await ask(worker.url, '/inbox/shop/parked')
  assert.deepEqual(parked.rows.map((row) => [row.id, row.tries, row.answer]).sort(), [0, 1, 2, 3].map((n) => [`evt_${n}_2`, 5, 400]))
  assert.deepEqual(await ask(worker.url, '/inbox/shop/retry', 'POST'), { retried: 4 })
  await until('they were taken', async () => (await counts(worker.url)).handed_on === 20)
  assert.ok(origin.seen.slice(-4).every((one) => one.headers['farthing-marks'] === 'late'))
})

test('what a folder of the first shape knows is known: a copy is a duplicate, and order goes on', { timeout: 60_000 }, async (t) => {
  // Where the objects' hash puts an event, this Worker says itself: one shard, so that there is no choice.
  const storage = folder(t)
  const object = 'pi_old'
  const script = FIRST.replace(`('spread', ${SHARDS})`, "('spread', 1)")
  await write(storage, {
    0: [
      ...statements(script),
      item({ seq: 1, id: 'evt_1', object, sequence: 1, state: 'forwarded', tries: 1, answer: 200 }),
      item({ seq: 2, id: 'evt_2', object, sequence: 2, previous: 1, state: 'parked', tries: 5, answer: 400 }),
    ],
  })
  const origin = await serve(() => ({ status: 200 }))
  t.after(origin.stop)
  const worker = await start({ bindings: settings({ forward: origin.url, gap_wait_ms: 60_000 }), storage })
  t.after(worker.stop)
  const numbered = (n) => event(`evt_${n}`, { object, sequence: n, previous_sequence: n - 1 || null })
  for (const n of [1, 2]) assert.equal((await (await post(worker.url, numbered(n))).json()).duplicate, true)
  assert.equal((await (await post(worker.url, numbered(3))).json()).duplicate, false)
  await until('the next went on', () => origin.seen.length === 1)
  assert.deepEqual((await counts(worker.url)).gaps, { open: 0, given_up: 0, filled: 0 }, 'what is parked is not missing')
})

test('a folder of a newer shape is refused, and nothing in it is touched', { timeout: 60_000 }, async (t) => {
  // Of this shape but for its number: nothing but the number keeps an older Worker from writing there.
  const storage = folder(t)
  const bindings = settings({}, { SHARDS: '1' })
  const newer = await start({ bindings, storage })
  assert.equal((await post(newer.url, event('evt_0'))).status, 200)
  await newer.stop()
  const all = [['SELECT id, state FROM event'], ['SELECT name, value FROM meta ORDER BY name'], ['SELECT * FROM line']]
  const [[, ...before]] = await write(storage, { 0: [["UPDATE meta SET value = 999 WHERE name = 'schema'"], ...all] })

  const worker = await start({ bindings, storage })
  try {
    const answer = await post(worker.url, event('evt_1'))
    assert.equal(answer.status, 503)
    assert.ok(Number(answer.headers.get('retry-after')) > 0)
    assert.equal((await answer.json()).error.code, 'storage_unavailable')
    await worker.cron()
  } finally {
    await worker.stop()
  }
  const [after] = await write(storage, { 0: all })
  assert.deepEqual(after, before)
  assert.deepEqual(after[0], [{ id: 'evt_0', state: 'handed' }])
})

test('a step that broke off in the middle is taken again, and nothing of it is there twice', { timeout: 60_000 }, async (t) => {
  const rows = (shard) => [
    item({ seq: 1, id: `evt_${shard}_1`, object: 'pi_old', sequence: 1, state: 'forwarded', tries: 1, answer: 200 }),
    item({ seq: 2, id: `evt_${shard}_2`, object: 'pi_old', sequence: 2, previous: 1, state: 'waiting' }),
  ]
  const origin = await serve(() => ({ status: 200 }))
  t.after(origin.stop)
  // Before which statement it breaks off; the disk is well again afterwards.
  for (const place of ['CREATE TABLE IF NOT EXISTS gap', 'INSERT INTO event', 'CREATE TRIGGER IF NOT EXISTS event_is_errand', 'DROP TABLE IF EXISTS item']) {
    const storage = folder(t)
    const script = FIRST.replace(`('spread', ${SHARDS})`, "('spread', 1)")
    await write(storage, { 0: [...statements(script), ...rows(0)] })
    const wrap = `
      import Worker, { Inbox as Real } from './index.js'
      export default Worker
      let broken = true
      export class Inbox extends Real {
        constructor(state, env) {
          const { sql } = state.storage
          const exec = sql.exec
          sql.exec = (text, ...values) => {
            const at = text.indexOf('${place}')
            if (!broken || at < 0 || !/event_wakes_line|DROP TABLE/.test(text)) return exec.call(sql, text, ...values)
            broken = false
            exec.call(sql, text.slice(0, at))
            throw new Error('disk full')
          }
          super(state, env)
        }
      }
    `
    origin.seen.length = 0
    const worker = await start({ bindings: settings({ forward: origin.url }), storage, wrap })
    try {
      const body = event('evt_0_3', { object: 'pi_old', sequence: 3, previous_sequence: 2 })
      assert.equal((await post(worker.url, body)).status, 503, place)
      assert.equal((await post(worker.url, body)).status, 200, place)
      await until('all went on', async () => (await counts(worker.url)).handed_on === 3)
      assert.deepEqual(origin.seen.map((one) => one.headers['webhook-id']), ['evt_0_2', 'evt_0_3'], place)
      assert.equal((await ask(worker.url, '/inbox/shop/arrived')).rows.length, 3, place)
    } finally {
      await worker.stop()
    }
    const [[[{ tables }], [{ value }]]] = await write(storage, {
      0: [["SELECT count(*) AS tables FROM sqlite_master WHERE name = 'item'"], ["SELECT value FROM meta WHERE name = 'schema'"]],
    })
    assert.deepEqual([tables, value], [0, 3], place)
  }
})

/** Rows of the present shape, each made by a row of numbers. */
const many = (count, columns, values) => [
  `INSERT INTO event (${columns}) WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${count}) SELECT ${values} FROM n`,
]

/** A folder of the present shape with one shard, and these statements run in it. */
async function folder_with(t, bindings, ...work) {
  const storage = folder(t)
  const first = await start({ bindings, storage })
  assert.equal((await post(first.url, event('evt_first'))).status, 200)
  await until('it is through', async () => (await counts(first.url)).waiting === 0)
  await first.stop()
  await write(storage, { 0: work })
  return storage
}

test('thousands of parked events are driven again by one call', { timeout: 120_000 }, async (t) => {
  const PARKED = 20_000
  const origin = await serve(() => ({ status: 200 }))
  t.after(origin.stop)
  const bindings = settings({ forward: origin.url }, { SHARDS: '1', FORWARD_SCHEDULE_MS: '3600000' })
  const columns = 'id, target, line, created_s, headers, body, received_at, state, tries'
  const values = `'evt_p' || n, 'hand_on', 'o:pi_' || (n % 4000), n, '[]', CAST('{}' AS BLOB), ${AT}, 'parked', 5`
  const storage = await folder_with(t, bindings, many(PARKED, columns, values), [
    `INSERT INTO line (name, first_seen, parked, active_at) SELECT DISTINCT line, ${AT}, 1, ${AT} FROM event WHERE state = 'parked'`,
  ])
  const worker = await start({ bindings, storage })
  t.after(worker.stop)
  assert.deepEqual(await ask(worker.url, '/inbox/shop/events/evt_p1/retry', 'POST'), { retried: 1 })
  await until('one came', () => origin.seen.length === 2)
  const from = Date.now()
  assert.deepEqual(await ask(worker.url, '/inbox/shop/retry', 'POST'), { retried: PARKED - 1 })
  t.diagnostic(`${PARKED} parked events wait again after ${Date.now() - from} ms`)
  await until('they go on', () => origin.seen.length > 500, 60_000)
  assert.ok(origin.seen.slice(1).every((one) => one.headers['farthing-marks'] === 'late'))
  assert.equal((await counts(worker.url)).parked, 0)
})

test('a sweep forgets no further than it is time for, though a clock was set back', { timeout: 60_000 }, async (t) => {
  const bindings = settings({}, { SHARDS: '1' })
  const columns = 'id, target, line, headers, body, received_at, state, place, done_at'
  const values = `'evt_d' || n, 'hand_on', 'e:' || n, '[]', CAST('{}' AS BLOB), ${AT}, 'handed', 100 + n, CASE WHEN n = 5 THEN ${Date.now()} ELSE ${Date.now() - 60 * 86_400_000} END`
  const storage = await folder_with(t, bindings, many(10, columns, values), ["UPDATE event SET done_at = 1 WHERE id = 'evt_first'"])
  const sweep = async () => {
    const worker = await start({ bindings, storage })
    await worker.cron()
    await worker.stop()
    const old = `UPDATE event SET done_at = ${Date.now() - 60 * 86_400_000} WHERE id = 'evt_d5'`
    const sql = "SELECT group_concat(id, ' ') AS ids FROM (SELECT id FROM event WHERE body IS NULL ORDER BY seq)"
    const [[[{ ids }]]] = await write(storage, { 0: [[sql], [old]] })
    return ids
  }
  const some = await sweep()
  assert.match(some, /evt_d4$/)
  assert.match(await sweep(), /evt_d4 evt_d5 evt_d6 evt_d7 evt_d8 evt_d9 evt_d10$/)
})

test('gaps that are waited for are shown first', { timeout: 60_000 }, async (t) => {
  const bindings = settings({}, { SHARDS: '1' })
  const row = (line, at, state) => [`INSERT INTO gap VALUES ('o:${line}', 1, 2, ${at}, '${state}', NULL)`]
  const storage = await folder_with(t, bindings, row('pi_a', 5, 'filled'), row('pi_b', 1, 'open'), row('pi_c', 9, 'given_up'), row('pi_d', 2, 'open'))
  const worker = await start({ bindings, storage })
  t.after(worker.stop)
  const { gaps } = await ask(worker.url, '/inbox/shop/gaps')
  assert.deepEqual(gaps.map((gap) => gap.object), ['pi_d', 'pi_b', 'pi_c', 'pi_a'])
})

test('a source that is not in the settings any more wakes its shards once an hour, not once a minute', { timeout: 60_000 }, async (t) => {
  const bindings = (sources) => ({ ...settings({}, { SHARDS: '1' }), SOURCES: JSON.stringify(sources), SECRET_OTHER: STRIPE_SECRET })
  const origin = await serve(() => ({ status: 500 }))
  t.after(origin.stop)
  const storage = folder(t)
  const shop = { scheme: 'stripe', forward: origin.url }
  const before = await start({ bindings: { ...bindings({ shop }), FORWARD_SCHEDULE_MS: '1000' }, storage })
  await post(before.url, event('evt_left'))
  await until('it was tried', () => origin.seen.length === 1)
  await before.stop()
  // Its alarm rings in the shard itself: miniflare keeps it, and somebody has to call to wake the shard.
  const wrap = `
    import Worker, { Inbox as Real } from './index.js'
    const set = []
    export default class extends Worker {
      async fetch(request) {
        if (new URL(request.url).pathname !== '/rings') return super.fetch(request)
        const shard = this.env.INBOX.get(this.env.INBOX.idFromName('shop/0'))
        return shard.fetch('https://inbox/rings')
      }
    }
    export class Inbox extends Real {
      constructor(state, env) {
        const { storage } = state
        const real = storage.setAlarm
        storage.setAlarm = (at, ...more) => {
          set.push(at > 1e12 ? at - Date.now() : at)
          return real.call(storage, at, ...more)
        }
        super(state, env)
      }
      async fetch(request) {
        if (new URL(request.url).pathname !== '/rings') return super.fetch(request)
        await this.alarm({})
        return Response.json(set)
      }
    }
  `
  const worker = await start({ bindings: bindings({ other: { scheme: 'stripe' } }), storage, wrap })
  t.after(worker.stop)
  const set = await (await fetch(`${worker.url}/rings`)).json()
  assert.ok(set.at(-1) > 3_500_000, `the last alarm was set in ${set.at(-1)} ms`)
})

test('a gap that was given up on just before the instance died is counted once', { timeout: 60_000 }, async (t) => {
  const origin = await serve((one) => ({ status: one.headers['webhook-id'] === 'evt_3' ? 500 : 200 }))
  t.after(origin.stop)
  const bindings = settings({ forward: origin.url, gap_wait_ms: 1 }, { SHARDS: '1', FORWARD_SCHEDULE_MS: '3600000' })
  const storage = folder(t)
  const worker = await start({ bindings, storage })
  for (const n of [1, 3]) await post(worker.url, event(`evt_${n}`, { object: 'pi_a', sequence: n, previous_sequence: n - 1 || null }))
  await until('both were tried', () => origin.seen.length === 2)
  await worker.stop()
  // As it was in the moment between: given up on, and not tried yet.
  await write(storage, { 0: [[`UPDATE event SET first_try_at = NULL, tries = 0, due_at = ${AT} WHERE id = 'evt_3'`], ['UPDATE line SET wake_at = 1']] })
  const again = await start({ bindings, storage })
  t.after(again.stop)
  await ask(again.url, '/status')
  await until('it was tried again', () => origin.seen.length === 3)
  assert.deepEqual((await counts(again.url)).gaps, { open: 0, given_up: 1, filled: 0 })
  assert.equal(origin.seen[2].headers['farthing-missing'], '2-2')
})
