// Runs the built Worker on loopback, for development and for the demo:
//
//   node dev.mjs [--port 8787] [--storage DIR] [--settings FILE] [--while-stdin]
//
// Settings are those of examples/worker/wrangler.toml: from a JSON file (`--settings`, name to
// value), and from every environment variable that begins with EDGE_ (EDGE_SOURCES, EDGE_SECRET_SHOP,
// EDGE_API_BASE, ...), which wins. Without `--storage` the inbox is forgotten at the end.
// Prints one line, `ready http://127.0.0.1:PORT`. Stops on SIGTERM and SIGINT, and with
// `--while-stdin` also when its standard input ends, so that it never outlives who started it.

import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { start } from './runtime.mjs'

/** How often the cron trigger fires; the deployed one does so as wrangler.toml says. */
const CRON_MS = 60_000

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8787' },
    storage: { type: 'string' },
    settings: { type: 'string' },
    'while-stdin': { type: 'boolean', default: false },
  },
})

const bindings = values.settings ? JSON.parse(readFileSync(values.settings, 'utf8')) : {}
for (const [name, value] of Object.entries(process.env)) {
  if (name.startsWith('EDGE_')) bindings[name.slice('EDGE_'.length)] = value
}
for (const [name, value] of Object.entries(bindings)) {
  if (typeof value !== 'string') bindings[name] = JSON.stringify(value)
}

const worker = await start({ bindings, port: Number(values.port), storage: values.storage, queues: queues() })
const cron = setInterval(() => worker.cron().catch((error) => console.error(String(error))), CRON_MS)

/** Every queue that a source names is there, though nobody consumes it. */
function queues() {
  const named = [...(bindings.SOURCES ?? '').matchAll(/"queue"\s*:\s*"(\w+)"/g)].map(([, name]) => name)
  return Object.fromEntries(named.map((name) => [name, name.toLowerCase().replaceAll('_', '-')]))
}

let stopping = false
async function stop() {
  if (stopping) return
  stopping = true
  clearInterval(cron)
  await worker.stop()
  process.exit(0)
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
if (values['while-stdin']) process.stdin.resume().on('end', stop).on('error', stop)

console.log(`ready ${worker.url}`)
