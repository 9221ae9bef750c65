// Folders of another time: one of the first shape opens, one of a newer shape is left alone.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { start } from '../runtime.mjs'
import { ask, counts, event, post, serve, settings, until } from './helpers.mjs'

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
