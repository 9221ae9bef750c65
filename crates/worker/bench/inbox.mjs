// How many webhooks a second one local workerd takes into its inbox, and what each costs it:
//
//   node bench/inbox.mjs [--seconds 60] [--connections 32] [--objects 100] [--check]
//
// Bodies of about 1 KB, signed in Stripe's scheme, hand-on off (the source is read by pull), each
// acknowledged after its durable write. The load comes from this process, on the same machine.
// Prints a table; with --check it fails below the bounds.

import { execFileSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { start } from '../runtime.mjs'
import { STATUS_TOKEN, STRIPE_SECRET, settings } from '../tests/helpers.mjs'

const LEAST_PER_SECOND = 500
const MOST_CPU_MS = 2
const WARM_UP = 500

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    connections: { type: 'string', default: '32' },
    objects: { type: 'string', default: '100' },
    check: { type: 'boolean', default: false },
  },
})
const [seconds, connections, objects] = [values.seconds, values.connections, values.objects].map(Number)

const storage = mkdtempSync(join(tmpdir(), 'farthing-edge-bench-'))
const worker = await start({ bindings: settings(), storage })
const { port } = new URL(worker.url)
const agent = new Agent({ keepAlive: true, maxSockets: connections })
let sent = 0

try {
  await flood(Date.now() + 60_000, WARM_UP)
  const pid = runtimePid()
  const before = { cpu_ms: cpuMs(pid), at: performance.now(), sent }
  const latencies = await flood(Date.now() + seconds * 1_000, Infinity)
  const took_s = (performance.now() - before.at) / 1_000
  const count = sent - before.sent
  const cpu_ms = (cpuMs(pid) - before.cpu_ms) / count
  const { accepted } = (await status()).sources.shop
  if (accepted !== sent) throw new Error(`${sent} were acknowledged, ${accepted} are stored`)
  latencies.sort((a, b) => a - b)
  const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))].toFixed(1)
  const per_second = count / took_s
  console.log(`${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}; ${connections} connections, ${objects} objects, ${body(0).length} B`)
  console.log(`acknowledged after the durable write   ${count} in ${took_s.toFixed(1)} s`)
  console.log(`webhooks a second                      ${per_second.toFixed(0)}   (bound ${LEAST_PER_SECOND})`)
  console.log(`latency p50 / p99 / most               ${at(0.5)} / ${at(0.99)} / ${at(1)} ms`)
  console.log(`user + system time of workerd, each    ${cpu_ms.toFixed(2)} ms   (bound ${MOST_CPU_MS})`)
  if (values.check && (per_second < LEAST_PER_SECOND || cpu_ms > MOST_CPU_MS)) process.exitCode = 1
} finally {
  agent.destroy()
  await worker.stop()
  rmSync(storage, { recursive: true, force: true })
}

/** Sends until a time or a number is reached; answers how long each took, in milliseconds. */
async function flood(until, most) {
  const latencies = []
  let left = most
  const one = async () => {
    while (Date.now() < until && left > 0) {
      left -= 1
      const started = performance.now()
      await post(body(sent++))
      latencies.push(performance.now() - started)
    }
  }
  await Promise.all(Array.from({ length: connections }, one))
  return latencies
}

/** An event of about a kilobyte, about one of so many objects. */
function body(number) {
  return JSON.stringify({
    id: `evt_${String(number).padStart(10, '0')}`,
    object: 'event',
    type: 'payment_intent.succeeded',
    created: 1_795_000_000 + number,
    data: { object: { id: `pi_${number % objects}`, object: 'payment_intent', amount: 1250, currency: 'usd', description: 'x'.repeat(820) } },
  })
}

function post(payload) {
  const t = Math.floor(Date.now() / 1_000)
  const v1 = createHmac('sha256', STRIPE_SECRET).update(`${t}.${payload}`).digest('hex')
  const headers = { 'content-type': 'application/json', 'content-length': payload.length, 'stripe-signature': `t=${t},v1=${v1}` }
  return new Promise((resolve, reject) => {
    const call = request({ agent, host: '127.0.0.1', port, path: '/in/shop', method: 'POST', headers }, (answer) => {
      answer.resume().on('end', () =>
        answer.statusCode === 200 ? resolve() : reject(new Error(`status ${answer.statusCode}`)),
      )
    })
    call.on('error', reject).end(payload)
  })
}

async function status() {
  const headers = { authorization: `Bearer ${STATUS_TOKEN}` }
  return (await fetch(`${worker.url}/status`, { headers })).json()
}

/** The runtime is the only child process that this one has. */
function runtimePid() {
  const children = execFileSync('ps', ['-o', 'pid=,comm=', '--ppid', String(process.pid)], { encoding: 'utf8' })
  const pid = /(\d+) workerd/.exec(children)?.[1]
  if (!pid) throw new Error('workerd is not among the child processes')
  return pid
}

/** User and system time of a process, in milliseconds (100 ticks a second on Linux). */
function cpuMs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
