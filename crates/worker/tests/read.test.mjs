// What the inbox shows and to whom, what it forgets and when, and what it does without its storage.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { start } from '../runtime.mjs'
import { STATUS_TOKEN, ask, counts, event, post, serve, settings, until } from './helpers.mjs'

const DAY_MS = 86_400_000

/**
 * A shard that runs SQL of a test's: `POST /sql/SHARD`. The statements that it has been told to fail
 * (`POST /break/N`) throw before they do anything.
 */
const OPEN = `
  import Worker, { Inbox as Real } from './index.js'
  let failing = 0
  export class Inbox extends Real {
    constructor(state, env) {
      const { sql } = state.storage
      const exec = sql.exec
      sql.exec = (text, ...values) => {
        if (failing > 0 && /INSERT INTO event/.test(text)) {
          failing -= 1
          throw new Error('disk full of secrets')
        }
        return exec.call(sql, text, ...values)
      }
      super(state, env)
      this.run = (text) => exec.call(sql, text).toArray()
    }
    async fetch(request) {
      if (new URL(request.url).pathname !== '/sql') return super.fetch(request)
      return Response.json(this.run(await request.text()))
    }
  }
  export { Limiter } from './index.js'
  export default class extends Worker {
    async fetch(request) {
      const [, what, which] = new URL(request.url).pathname.split('/')
      if (what === 'break') return new Response(String((failing = Number(which))))
      if (what !== 'sql') return super.fetch(request)
      const { INBOX } = this.env
      return INBOX.get(INBOX.idFromName('shop/' + which)).fetch('https://inbox/sql', { method: 'POST', body: request.body })
    }
  }
`

let worker

before(async () => {
  worker = await start({ bindings: settings() })
})
after(() => worker.stop())

test('nobody reads without the token', async () => {
  const wrong = [undefined, 'Bearer ', 'Bearer x', STATUS_TOKEN, `Basic ${STATUS_TOKEN}`, `Bearer ${STATUS_TOKEN}x`, `Bearer ${STATUS_TOKEN.slice(1)}`]
  for (const [method, path] of [['GET', '/status'], ['GET', '/inbox/shop'], ['GET', '/inbox/shop/arrived'], ['GET', '/inbox/shop/waiting'], ['GET', '/inbox/shop/parked'], ['GET', '/inbox/shop/gaps'], ['GET', '/inbox/shop/events/evt_1'], ['POST', '/inbox/shop/retry'], ['POST', '/inbox/shop/events/evt_1/retry']]) {
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
  const { hand_on, accepted, duplicates, handed_on, waiting, lag_ms } = await counts(worker.url)
  assert.deepEqual([hand_on, accepted, duplicates, handed_on, waiting, lag_ms], ['pull', 25, 0, 25, 0, 0])
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
  assert.deepEqual([last.state, last.marks, last.tries, last.missing, last.created], ['handed', [], 0, null, 1_795_000_000])
  assert.equal(last.body, event('evt_p24', { amount: 25 }))
  await post(worker.url, event('evt_late'))
  const tail = await ask(worker.url, `/inbox/shop?after=${after}`)
  assert.deepEqual([tail.rows.map((row) => row.id), tail.has_more], [['evt_late'], false])
  assert.deepEqual((await ask(worker.url, `/inbox/shop?after=${tail.next}`)).rows, [])
  assert.equal((await ask(worker.url, '/inbox/nobody')).error.code, 'unknown_source')
  for (const wrong of ['x', 'a1.2.3', after.slice(0, -2), `${after}.1`, after.replace('h', 'a')]) {
    assert.equal((await ask(worker.url, `/inbox/shop?after=${wrong}`)).error.code, 'bad_cursor', wrong)
  }
  for (const wrong of ['0', '501', '-1', 'x', '1.5']) {
    assert.equal((await ask(worker.url, `/inbox/shop?limit=${wrong}`)).error.code, 'bad_limit', wrong)
  }
})

test('the cron trigger sweeps without harm', async () => {
  await worker.cron()
  assert.equal((await counts(worker.url)).accepted, 26)
})

test('one event is shown by its id, whatever is in it', async () => {
  for (const id of ['evt_1/2', 'evt_a?b#c', 'evt_%25', 'evt_+&=']) {
    await post(worker.url, event(id))
    const shown = await ask(worker.url, `/inbox/shop/events/${encodeURIComponent(id)}`)
    assert.deepEqual([shown.id, shown.body], [id, event(id)])
  }
  assert.equal((await ask(worker.url, '/inbox/shop/events/evt_nobody')).error.code, 'unknown_event')
})

/** A Worker whose rows can be aged, with an origin that refuses `evt_parked`. */
async function aging(t) {
  const origin = await serve((one) => ({ status: one.headers['webhook-id'] === 'evt_parked' ? 500 : 200 }))
  const opened = await start({
    bindings: settings({ forward: origin.url }, { SHARDS: '1', FORWARD_SCHEDULE_MS: '20', KEEP_BODY_DAYS: '3', KEEP_ID_DAYS: '9' }),
    wrap: OPEN,
  })
  t.after(async () => {
    await opened.stop()
    await origin.stop()
  })
  const sql = async (text) => (await fetch(`${opened.url}/sql/0`, { method: 'POST', body: text })).json()
  const age = (days) =>
    sql(`UPDATE event SET done_at = done_at - ${days * DAY_MS} WHERE done_at IS NOT NULL;
         UPDATE event SET received_at = received_at - ${days * DAY_MS};
         UPDATE line SET active_at = active_at - ${days * DAY_MS};
         UPDATE gap SET opened_at = opened_at - ${days * DAY_MS}`)
  return { url: opened.url, cron: opened.cron, origin, sql, age }
}

test('bodies are forgotten after their days, ids after theirs, what is parked never', { timeout: 60_000 }, async (t) => {
  const { url, cron, sql, age } = await aging(t)
  for (const id of ['evt_parked', 'evt_1', 'evt_2']) await post(url, event(id))
  await until('they are through', async () => {
    const { handed_on, parked } = await counts(url)
    return handed_on === 2 && parked === 1
  })
  const bodies = () => sql('SELECT id, body IS NOT NULL AS body, headers FROM event ORDER BY id')
  await age(2.9)
  await cron()
  assert.deepEqual((await bodies()).map((row) => row.body), [1, 1, 1], 'not a day too soon')
  await age(0.2)
  await cron()
  assert.deepEqual((await bodies()).map((row) => [row.id, row.body]), [['evt_1', 0], ['evt_2', 0], ['evt_parked', 1]])
  assert.equal((await ask(url, '/inbox/shop/events/evt_1')).body, undefined)
  assert.equal((await (await post(url, event('evt_1'))).json()).duplicate, true, 'it is known all the same')

  await age(6)
  // The newest of all stays, so that no number is given twice; so there is a newer one here.
  await post(url, event('evt_new'))
  await until('it is through', async () => (await counts(url)).handed_on === 3)
  await cron()
  assert.deepEqual((await sql('SELECT id FROM event ORDER BY id')).map((row) => row.id), ['evt_new', 'evt_parked'])
  assert.deepEqual((await sql('SELECT name FROM line ORDER BY name')).map((row) => row.name), ['o:pi_evt_new', 'o:pi_evt_parked'])
  const { accepted, handed_on, parked } = await counts(url)
  assert.deepEqual([accepted, handed_on, parked], [4, 3, 1], 'the counts are of all that ever came')
  assert.equal((await ask(url, '/inbox/shop/events/evt_parked')).body, event('evt_parked'))
  await age(1_000)
  await cron()
  assert.equal((await ask(url, '/inbox/shop/events/evt_parked')).state, 'parked')
})

test('a sweep forgets a little at a time, and the next one goes on', { timeout: 60_000 }, async (t) => {
  const { url, cron, sql, age } = await aging(t)
  await post(url, event('evt_first'))
  await until('it is through', async () => (await counts(url)).handed_on === 1)
  await sql(`WITH RECURSIVE n(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < 1301)
    INSERT INTO event (seq, id, target, line, headers, body, received_at, state, place, done_at)
    SELECT n, 'evt_' || n, 'hand_on', 'o:pi', '[]', x'00', 0, 'handed', n, (SELECT done_at FROM event WHERE seq = 1) FROM n`)
  const left = async () => (await sql('SELECT count(body) AS bodies, count(*) AS ids FROM event'))[0]
  await age(4)
  await cron()
  assert.deepEqual(await left(), { bodies: 801, ids: 1_301 })
  await cron()
  await cron()
  assert.deepEqual(await left(), { bodies: 0, ids: 1_301 })
  await age(6)
  await cron()
  assert.equal((await left()).ids, 801)
  await cron()
  await cron()
  assert.equal((await left()).ids, 1, 'the newest stays')
})

test('while a shard cannot write, senders come again; nothing is half stored, and then all is well', { timeout: 60_000 }, async (t) => {
  const origin = await serve(() => ({ status: 200 }))
  const opened = await start({ bindings: settings({ forward: origin.url }, { SHARDS: '1' }), wrap: OPEN })
  t.after(async () => {
    await opened.stop()
    await origin.stop()
  })
  const sql = async (text) => (await fetch(`${opened.url}/sql/0`, { method: 'POST', body: text })).json()
  await post(opened.url, event('evt_before', { object: 'pi_a' }))
  await until('it came', () => origin.seen.length === 1)
  await fetch(`${opened.url}/break/3`)
  for (let index = 0; index < 3; index += 1) {
    const answer = await post(opened.url, event('evt_unlucky', { object: 'pi_a', created: 1_795_000_001 }))
    const text = await answer.text()
    assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '2'])
    assert.equal(JSON.parse(text).error.code, 'storage_unavailable')
    assert.doesNotMatch(text, /secret|disk/)
  }
  assert.deepEqual(await sql("SELECT id FROM event WHERE id = 'evt_unlucky'"), [])
  const { accepted, duplicates } = await counts(opened.url)
  assert.deepEqual([accepted, duplicates], [1, 0])
  assert.deepEqual(await (await post(opened.url, event('evt_other'))).json(), { received: true, duplicate: false })
  const again = await post(opened.url, event('evt_unlucky', { object: 'pi_a', created: 1_795_000_001 }))
  assert.deepEqual(await again.json(), { received: true, duplicate: false })
  await until('both came', () => origin.seen.length === 3)
})
