// The Worker's death: what was acknowledged is there, wakes up by itself, and goes on.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { start } from '../runtime.mjs'
import { ask, counts, each, event, post, random, serve, settings, signed, until } from './helpers.mjs'

const SEED = 4711
const EVENTS = 5_000
const KILLS = 4
/** 24 tries within 20 s. */
const TRIES = { FORWARD_SCHEDULE_MS: '750 '.repeat(23), SHARDS: '4' }

function folder(t) {
  const storage = mkdtempSync(join(tmpdir(), 'farthing-edge-'))
  t.after(() => rmSync(storage, { recursive: true, force: true }))
  return storage
}

/** Events whose alarm nobody sets: the Worker that stores them forgets it. */
async function stored_without_alarm(t) {
  const storage = folder(t)
  const origin = await serve(() => ({ status: 200 }))
  t.after(origin.stop)
  const wrap = `
    import Worker, { Inbox as Real } from './index.js'
    export default Worker
    export class Inbox extends Real {
      constructor(state, env) {
        state.storage.setAlarm = async () => {}
        super(state, env)
      }
    }
  `
  const bindings = settings({ forward: origin.url })
  const forgetful = await start({ bindings, storage, wrap })
  for (let index = 0; index < 5; index += 1) {
    assert.equal((await post(forgetful.url, event(`evt_lost${index}`))).status, 200)
  }
  assert.equal((await counts(forgetful.url)).waiting, 5)
  await forgetful.stop()
  const worker = await start({ bindings, storage })
  t.after(worker.stop)
  await new Promise((resolve) => setTimeout(resolve, 300))
  assert.equal(origin.seen.length, 0, 'nobody has woken it yet')
  return { origin, worker }
}

test('an alarm that was lost is set again by the cron trigger', { timeout: 60_000 }, async (t) => {
  const { origin, worker } = await stored_without_alarm(t)
  await worker.cron()
  await until('all came', () => origin.seen.length === 5)
})

test('the first request after a start wakes every shard, whatever it asks for', { timeout: 60_000 }, async (t) => {
  const { origin, worker } = await stored_without_alarm(t)
  assert.equal((await fetch(`${worker.url}/healthz`)).status, 200)
  await until('all came', () => origin.seen.length === 5)
})

test('a shard whose alarm fails time and again works as soon as it can', { timeout: 60_000 }, async (t) => {
  const origin = await serve(() => ({ status: 200 }))
  const wrap = `
    import Worker, { Inbox as Real } from './index.js'
    let failures = 0
    const alarms = { ended: 0, rejected: 0 }
    export default class extends Worker {
      fetch(request) {
        return new URL(request.url).pathname === '/alarms' ? Response.json(alarms) : super.fetch(request)
      }
    }
    export class Inbox extends Real {
      async alarm(about) {
        try {
          await super.alarm(about)
          alarms.ended += 1
        } catch (error) {
          alarms.rejected += 1
          throw error
        }
      }
      constructor(state, env) {
        const { sql } = state.storage
        const exec = sql.exec
        sql.exec = function (text, ...values) {
          // Only the alarm asks this; it fails more often than a throwing handler is tried again.
          if (/SELECT name FROM line WHERE wake_at/.test(text) && (failures += 1) <= 8) throw new Error('disk trouble')
          return exec.call(sql, text, ...values)
        }
        super(state, env)
      }
    }
  `
  const worker = await start({ bindings: settings({ forward: origin.url }, { SHARDS: '1' }), wrap })
  t.after(async () => {
    await worker.stop()
    await origin.stop()
  })
  await post(worker.url, event('evt_trouble'))
  // Each cron stands for the minute that the shard waits.
  await until('it came', async () => {
    await worker.cron()
    await new Promise((resolve) => setTimeout(resolve, 200))
    return origin.seen.length === 1
  }, 40_000)
  await until('the last alarm ended', async () => (await (await fetch(`${worker.url}/alarms`)).json()).ended > 8)
  assert.equal((await (await fetch(`${worker.url}/alarms`)).json()).rejected, 0, 'an alarm that throws is lost in the end')
})

/** A Worker whose shards' statements go through `exec(text, values, go)`, and that answers \`say\` at /say. */
const spied = (before, exec, alarm = '') => `
  import Worker, { Inbox as Real } from './index.js'
  ${before}
  export default class extends Worker {
    fetch(request) {
      return new URL(request.url).pathname === '/say' ? Response.json(say()) : super.fetch(request)
    }
  }
  export class Inbox extends Real {
    constructor(state, env) {
      const { sql } = state.storage
      const go = sql.exec
      sql.exec = (text, ...values) => {
        ${exec}
        return go.call(sql, text, ...values)
      }
      ${alarm}
      super(state, env)
    }
  }
`
const say = async (url) => (await fetch(`${url}/say`)).json()

test('a new life of a shard writes nothing for what waits, unless the waits were set anew', { timeout: 60_000 }, async (t) => {
  const EVENTS = 50
  const storage = folder(t)
  const origin = await serve(() => ({ status: 500 }))
  t.after(origin.stop)
  const wrap = spied('const cursors = []\nconst say = () => cursors.reduce((sum, cursor) => sum + cursor.rowsWritten, 0)', `
    const cursor = go.call(sql, text, ...values)
    cursors.push(cursor)
    return cursor
  `)
  const life = async (source, work) => {
    const bindings = settings({ forward: origin.url, ...source }, { SHARDS: '1', FORWARD_SCHEDULE_MS: '3600000' })
    const worker = await start({ bindings, storage, wrap })
    try {
      await work(worker)
      return await say(worker.url)
    } finally {
      await worker.stop()
    }
  }
  const look = async (worker) => {
    assert.equal((await counts(worker.url)).waiting, EVENTS)
    await worker.cron()
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  await life({}, async (worker) => {
    for (let index = 0; index < EVENTS; index += 1) await post(worker.url, event(`evt_w${index}`))
    await until('all were tried', () => origin.seen.length === EVENTS)
    await new Promise((resolve) => setTimeout(resolve, 300))
  })
  await life({}, look) // Learns what the waits are.
  const same = await life({}, look)
  const other = await life({ hold_ms: 1_000 }, look)
  t.diagnostic(`rows written at a new life, ${EVENTS} waiting: ${same}; with other waits: ${other}`)
  assert.equal(same, 0)
  assert.ok(other >= EVENTS)
  assert.equal(origin.seen.length, EVENTS)
})

test('a copy sets the alarm that could not be set for the first', { timeout: 60_000 }, async (t) => {
  const origin = await serve(() => ({ status: 200 }))
  t.after(origin.stop)
  const wrap = spied('let failures = 0\nconst say = () => failures', '', `
    const { storage } = state
    const set = storage.setAlarm
    storage.setAlarm = async (...given) => {
      if ((failures += 1) <= 1) throw new Error('no alarm now')
      return set.apply(storage, given)
    }
  `)
  const worker = await start({ bindings: settings({ forward: origin.url }, { SHARDS: '1' }), wrap })
  t.after(worker.stop)
  // The first request wakes every shard; that is over before there is anything to wake.
  await counts(worker.url)
  await new Promise((resolve) => setTimeout(resolve, 500))
  assert.equal((await post(worker.url, event('evt_again'))).status, 503)
  const again = await post(worker.url, event('evt_again'))
  assert.deepEqual([again.status, (await again.json()).duplicate], [200, true])
  await until('it came', () => origin.seen.length === 1)
})

test('a failure amid an alarm lets what is on its way come to its end: nothing is sent twice', { timeout: 60_000 }, async (t) => {
  let release
  const held = new Promise((resolve) => (release = resolve))
  const origin = await serve(() => held)
  t.after(origin.stop)
  const wrap = spied('let failing = false, failures = 0\nconst say = () => (failing = true)', `
    if (failing && /SELECT name FROM line WHERE wake_at/.test(text) && (failures += 1) === 1) throw new Error('disk trouble')
  `)
  const worker = await start({ bindings: settings({ forward: origin.url }, { SHARDS: '1' }), wrap })
  t.after(worker.stop)
  await post(worker.url, event('evt_slow'))
  await until('it is on its way', () => origin.seen.length === 1)
  await say(worker.url)
  await post(worker.url, event('evt_next')) // The alarm looks, and fails.
  for (let index = 0; index < 5; index += 1) {
    await worker.cron()
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  assert.deepEqual(origin.seen.map((one) => one.headers['webhook-id']), ['evt_slow'])
  release({ status: 200 })
  await until('both came', async () => {
    await worker.cron()
    await new Promise((resolve) => setTimeout(resolve, 200))
    return (await counts(worker.url)).handed_on === 2
  })
  assert.equal(origin.seen.length, 2)
})

test('one try that takes its time holds up no other object, however long the alarm works', { timeout: 60_000 }, async (t) => {
  let release
  const held = new Promise((resolve) => (release = resolve))
  const origin = await serve((one) => (one.headers['webhook-id'] === 'evt_slow' ? held : { status: 200 }))
  t.after(origin.stop)
  const wrap = spied(`
    const Clock = Date
    let ahead = 0
    globalThis.Date = class extends Clock {
      constructor(...given) { super(...(given.length > 0 ? given : [Clock.now() + ahead])) }
      static now() { return Clock.now() + ahead }
    }
    const say = () => (ahead += 70_000)
  `, '')
  const worker = await start({ bindings: settings({ forward: origin.url }, { SHARDS: '1', FORWARD_TIMEOUT_MS: '30000' }), wrap })
  t.after(worker.stop)
  await post(worker.url, event('evt_slow'))
  await until('it is on its way', () => origin.seen.length === 1)
  await say(worker.url)
  await post(worker.url, event('evt_quick'))
  await until('the other came', () => origin.seen.length === 2, 5_000)
  release({ status: 200 })
  await until('both are through', async () => (await counts(worker.url)).handed_on === 2)
})

test('an instance that traps amid an accept leaves no half row, and the next requests are served', { timeout: 60_000 }, async (t) => {
  // As after a panic: an exception passes through the compiled code, where nothing is put back in order.
  const wrap = `
    import Worker, { Inbox as Real } from './index.js'
    export default Worker
    let planted = true
    export class Inbox extends Real {
      constructor(state, env) {
        const { sql } = state.storage
        const exec = sql.exec
        sql.exec = (text, ...values) => {
          const cursor = exec.call(sql, text, ...values)
          if (!planted || !/INSERT INTO event /.test(text) || !values.includes('evt_trap')) return cursor
          planted = false
          cursor.toArray()
          return { raw() { throw new WebAssembly.RuntimeError('unreachable') } }
        }
        super(state, env)
      }
    }
  `
  const origin = await serve(() => ({ status: 200 }))
  const worker = await start({ bindings: settings({ forward: origin.url }, { SHARDS: '2' }), wrap })
  t.after(async () => {
    await worker.stop()
    await origin.stop()
  })
  const send = async (id, object) => {
    const body = event(id, { object })
    const headers = { 'content-type': 'application/json', 'stripe-signature': signed(body) }
    const signal = AbortSignal.timeout(2_000)
    const answer = await fetch(`${worker.url}/in/shop`, { method: 'POST', headers, body, signal }).catch(() => undefined)
    return answer?.status === 200 ? (await answer.json()).duplicate : 'not acknowledged'
  }
  assert.equal(await send('evt_first', 'pi_a'), false)
  assert.equal(await send('evt_trap', 'pi_trap'), 'not acknowledged')
  assert.equal(await send('evt_same', 'pi_trap'), false, 'the same object')
  for (let index = 0; index < 8; index += 1) assert.equal(await send(`evt_other${index}`, `pi_${index}`), false, 'others')
  // Its sender comes again. Either nothing of it was there, or all of it.
  const duplicate = await send('evt_trap', 'pi_trap')
  const all = await until('all are through', async () => {
    const now = await counts(worker.url)
    return now.handed_on === 11 && now
  })
  assert.deepEqual([all.accepted, all.waiting, all.duplicates], [11, 0, duplicate ? 1 : 0])
  const trapped = origin.seen.filter((one) => one.headers['webhook-id'] === 'evt_trap')
  assert.ok(trapped.length > 0 && trapped.every((one) => one.body.toString() === event('evt_trap', { object: 'pi_trap' })))
})

/** dev.mjs in a group of its own, so that the runtime's process dies with it. */
async function run(bindings, storage) {
  const script = fileURLToPath(new URL('../dev.mjs', import.meta.url))
  const env = { ...process.env }
  for (const [name, value] of Object.entries(bindings)) env[`EDGE_${name}`] = value
  const args = [script, '--port', '0', '--storage', storage, '--while-stdin']
  const child = spawn(process.execPath, args, { env, detached: true, stdio: ['pipe', 'pipe', 'ignore'] })
  const exited = new Promise((resolve) => child.on('exit', resolve))
  const url = await new Promise((resolve, reject) => {
    child.stdout.on('data', (text) => resolve(/ready (\S+)/.exec(String(text))?.[1]))
    exited.then(() => reject(new Error('dev.mjs ended early')))
  })
  return {
    url,
    kill: async () => {
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL')
      await exited
    },
    /** It ends with whoever started it. */
    end: async () => {
      child.stdin.end()
      return exited
    },
  }
}

test(`killed ${KILLS} times amid ${EVENTS} events, the origin failing half the time: all that was acknowledged arrives, once in effect`, { timeout: 180_000 }, async (t) => {
  const storage = folder(t)
  const chance = random(SEED)
  const effects = new Set()
  let deliveries = 0
  const origin = await serve((one) => {
    if (one.headers['farthing-try'] === undefined || chance() < 0.5) return { status: 500 }
    deliveries += 1
    effects.add(one.headers['webhook-id'])
    return { status: 200 }
  })
  const bindings = settings({ forward: origin.url }, TRIES)
  let running = await run(bindings, storage)
  t.after(async () => {
    await running.kill()
    await origin.stop()
  })

  const started = Date.now()
  const acknowledged = new Set()
  const ids = Array.from({ length: EVENTS }, (_, index) => `evt_k${index}`)
  const kills = Array.from({ length: KILLS }, (_, index) =>
    Math.floor(((index + 0.3 + 0.5 * chance()) * EVENTS) / KILLS),
  )
  const lost = []
  for (const [index, upto] of [...kills, EVENTS].entries()) {
    const from = index === 0 ? 0 : kills[index - 1]
    // A few are on their way when it dies: whether they were stored is for their sender to ask again.
    const batch = ids.slice(from, upto)
    let sent = 0
    let killing
    await each(batch, 24, async (id) => {
      sent += 1
      if (sent === batch.length && index < KILLS) killing = running.kill()
      const answer = await post(running.url, event(id)).catch(() => undefined)
      if (answer?.status === 200) acknowledged.add(id)
      else lost.push(id)
    })
    if (index < KILLS) {
      await killing
      running = await run(bindings, storage)
    }
  }
  const sent_at = Date.now()
  // One more death with nothing but waiting events left, and not a single webhook after it.
  await running.kill()
  running = await run(bindings, storage)
  await ask(running.url, '/status')
  await until('every acknowledged event has arrived', () => [...acknowledged].every((id) => effects.has(id)), 90_000)
  const done_at = Date.now()
  const all = await until('nothing waits', async () => {
    const now = await counts(running.url)
    return now.waiting === 0 && now
  }, 30_000)
  t.diagnostic(
    `${acknowledged.size} acknowledged and ${lost.length} not, in ${sent_at - started} ms; ` +
      `all arrived ${done_at - sent_at} ms later; ${effects.size} effects of ${deliveries} deliveries and ${origin.seen.length} tries`,
  )
  assert.ok(acknowledged.size > EVENTS * 0.9, 'most were acknowledged')
  assert.equal(all.parked, 0)
  assert.equal(all.handed_on, all.accepted)
  assert.equal(all.accepted, effects.size, 'what was stored arrived, and nothing else')
  for (const id of acknowledged) assert.ok(effects.has(id), id)
  assert.equal(await running.end(), 0)
})
