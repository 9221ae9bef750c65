// What one webhook costs on the platform, counted in local workerd: rows written (each index counts
// as one more), rows read, alarms set, and requests of Durable Objects. The platform bills by these.
//
//   node bench/rows.mjs [EVENTS]

import { randomUUID } from 'node:crypto'

import { start } from '../runtime.mjs'
import { STATUS_TOKEN, STRIPE_SECRET, counts, each, post, serve, settings, until } from '../tests/helpers.mjs'

const EVENTS = Number(process.argv[2] ?? 1_000)
const PER_OBJECT = 5 // Events of one payment.
const DAY_MS = 86_400_000

/** Stands before the Worker and counts what the runtime itself says of every statement. */
const METER = `
  import Worker, { Inbox as Real } from './index.js'
  export * from './index.js'
  const sizes = new Map()
  let cursors = [], alarms = 0, requests = 0, shift = 0, patched = false
  const Clock = Date
  globalThis.Date = class extends Clock {
    constructor(...given) { given.length > 0 ? super(...given) : super(Clock.now() + shift) }
    static now() { return Clock.now() + shift }
  }
  function patch(storage) {
    patched = true
    const sql = Object.getPrototypeOf(storage.sql), plain = sql.exec
    sql.exec = function (...given) { const cursor = plain.apply(this, given); cursors.push(cursor); return cursor }
    const alarmed = Object.getPrototypeOf(storage), set = alarmed.setAlarm
    alarmed.setAlarm = function (...given) { alarms += 1; return set.apply(this, given) }
  }
  export class Inbox extends Real {
    constructor(state, env) { if (!patched) patch(state.storage); super(state, env); this.sql = state.storage.sql }
    async fetch(request) { return this.seen(await super.fetch(request)) }
    async alarm() { return this.seen(await super.alarm()) }
    seen(answer) { requests += 1; sizes.set(this, this.sql.databaseSize); return answer }
  }
  export default class extends Worker {
    async fetch(request) {
      const url = new URL(request.url)
      if (url.pathname !== '/meter') return super.fetch(request)
      shift += Number(url.searchParams.get('shift') ?? 0)
      const sum = (name) => cursors.reduce((sum, cursor) => sum + cursor[name], 0)
      let bytes = 0
      for (const size of sizes.values()) bytes += size
      const seen = { written: sum('rowsWritten'), read: sum('rowsRead'), alarms, requests, bytes }
      cursors = []; alarms = 0; requests = 0
      return Response.json(seen)
    }
  }
`

async function measure(name, { source = {}, object = true, own = {}, queue = false }) {
  const origin = await serve(() => ({ status: 200 }))
  const forward = source.forward && { ...source, forward: origin.url }
  const more = queue ? { queueProducers: { EVENTS: 'events' } } : {}
  const worker = await start({ wrap: METER, bindings: settings(forward || source, own), more })
  const meter = async (query = '') => (await fetch(`${worker.url}/meter${query}`)).json()
  try {
    await counts(worker.url) // Wakes the shards and lays their tables out, which is not the webhooks'.
    const { bytes: empty } = await meter()
    const events = Array.from({ length: EVENTS }, (_, index) => ({ index }))
    await each(events, 16, async ({ index }) => {
      const answer = await send(worker.url, index, object)
      if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`)
    })
    await until('all is handed on', async () => (await counts(worker.url)).waiting === 0, 120_000)
    const stored = await meter()
    const kept = { written: 0, read: 0, alarms: 0, requests: 0 }
    for (const days of [32, 60]) {
      await meter(`?shift=${days * DAY_MS}`)
      for (let sweep = 0; sweep < 3; sweep += 1) await worker.cron()
      const seen = await meter()
      for (const key of Object.keys(kept)) kept[key] += seen[key]
    }
    const of_one = (number) => Number((number / EVENTS).toFixed(2))
    return {
      mode: name,
      'rows written': of_one(stored.written),
      'alarms set': of_one(stored.alarms),
      'rows read': of_one(stored.read),
      'object requests': of_one(stored.requests),
      'written when forgotten': of_one(kept.written),
      'bytes kept': of_one(stored.bytes - empty),
    }
  } finally {
    await worker.stop()
    await origin.stop()
  }
}

function send(url, index, object) {
  const about = Math.floor(index / PER_OBJECT)
  const data = object ? { object: { id: `pi_${about}`, object: 'payment_intent' } } : { object: {} }
  const event = {
    id: `evt_${randomUUID()}`,
    object: 'event',
    type: 'charge.updated',
    created: 1_795_000_000 + index,
    data,
    padding: 'x'.repeat(800),
  }
  return post(url, JSON.stringify(event))
}

const rows = []
rows.push(await measure('pull, no object', { object: false }))
rows.push(await measure('pull, objects', {}))
rows.push(await measure('origin, no object', { source: { forward: 'x' }, object: false }))
rows.push(await measure('origin, objects', { source: { forward: 'x' } }))
rows.push(await measure('queue, objects', { source: { queue: 'EVENTS' }, queue: true }))
console.table(rows)
