// What the package weighs, beside what js/size.json says that it weighed, and beside its peers.
// `--update` writes the file anew. Fails when something grew by more than 2 %, or is past its bound.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { coldStartMs } from './size/start.mjs'
import { weigh, weight } from './size/weigh.mjs'

const js = dirname(dirname(fileURLToPath(import.meta.url)))
const record = join(js, 'size.json')
const peersFolder = join(js, 'test', 'peers')

const KB = 1024
const GROWTH = 1.02
const COLD_START_MS = 2

const all = (...names) => names.map((name) => `export * from '@farthing/sdk/${name}'`).join('\n')
const workerd = { conditions: ['workerd'] }

/**
 * What is weighed, and the most that it may weigh as gzip. An aim is what it should weigh and does not
 * yet: it is printed, and growth is stopped all the same.
 */
const OURS = [
  // The verifier is 7.3 KB of it: the rounds of SHA-256 and their constants 1.1, headers and forms 1.9,
  // HMAC 0.9, judging 1.1, preparing 1.3, sentences and names 0.9. The rest is TypeScript, 5.0 KB.
  { name: './webhooks', source: all('webhooks'), aim: 12 * KB },
  { name: './webhooks (workerd)', source: all('webhooks'), options: workerd, aim: 8 * KB },
  { name: './money + ./idempotency', source: all('money', 'idempotency'), most: 20 * KB },
  { name: './money', source: all('money') },
  { name: './idempotency', source: all('idempotency') },
  { name: './checkout', source: all('checkout'), most: 30 * KB },
  { name: './client', source: all('client') },
  { name: '.', source: "export * from '@farthing/sdk'" },
  { name: 'the fall-back', source: all('checkout'), part: 'later', most: 25 * KB },
  { name: 'dist/farthing.js', file: 'farthing.js' },
  { name: 'dist/farthing-js.js', file: 'farthing-js.js', most: 25 * KB },
  { name: 'dist/frame.js', file: 'frame.js' },
]

/** Others, whole as they are imported: an instance of a class keeps all of it. */
const PEERS = [
  { name: '@stripe/stripe-js (fetches the rest)', source: "export * from '@stripe/stripe-js'" },
  {
    name: 'stripe (worker entry)',
    source: "export { default } from 'stripe'",
    options: { conditions: ['workerd', 'worker'] },
  },
  { name: 'standardwebhooks', source: "export * from 'standardwebhooks'" },
  { name: 'svix (webhooks only)', source: "export { Webhook } from 'svix'" },
]

const complaints = []
const before = existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')).sizes : {}
const now = {}
for (const each of OURS) now[each.name] = await measured(each)

console.log('KB = 1024 bytes; minified; gzip -9, brotli 11, each file by itself.\n')
print('', { minified: 'minified', gzip: 'gzip', brotli: 'brotli' }, 'bound', 'recorded')
for (const { name, most, aim } of OURS) {
  const size = now[name]
  const bound = aim === undefined ? kb(most) : `aim ${aim / KB} KB`
  print(name, size, bound, kb(before[name]?.gzip))
  if (most !== undefined && size.gzip > most) complain(`${name} is past its bound`, size.gzip, most)
  for (const way of ['gzip', 'brotli']) {
    const limit = before[name]?.[way] * GROWTH
    if (size[way] > limit) complain(`${name} grew (${way})`, size[way], Math.floor(limit))
  }
}
if (!process.argv.includes('--ours')) await printPeers()
if (process.argv.includes('--update')) {
  complaints.splice(0, complaints.length, ...complaints.filter((each) => !each.includes('grew')))
  writeFileSync(record, `${JSON.stringify({ unit: 'bytes', sizes: now }, null, 2)}\n`)
} else {
  for (const { name } of OURS) {
    if (before[name] === undefined)
      complaints.push(`${name} is not in size.json; run with --update.`)
  }
}

console.log('\nCompile and instantiate in a new Node process, median:')
for (const artefact of ['core', 'verify']) {
  try {
    const ms = coldStartMs(artefact, COLD_START_MS)
    console.log(`${artefact.padEnd(38)}${ms.toFixed(2)} ms, bound ${COLD_START_MS} ms`)
    if (ms > COLD_START_MS) complaints.push(`${artefact} takes ${ms.toFixed(2)} ms to start.`)
  } catch (failure) {
    complaints.push(`${artefact} did not start: ${failure.message}`)
  }
}
if (complaints.length > 0) {
  console.error(`\n${complaints.join('\n')}`)
  process.exitCode = 1
}

async function measured({ source, file, options, part = 'initial' }) {
  if (file !== undefined) return weight(readFileSync(join(js, 'dist', file)))
  return (await weigh(source, options))[part]
}

async function printPeers() {
  if (!existsSync(join(peersFolder, 'node_modules'))) {
    return console.log('\n(Peers: not run. `npm ci` in test/peers installs them.)')
  }
  console.log('')
  for (const { name, source, options } of PEERS) {
    print(name, (await weigh(source, { ...options, resolveDir: peersFolder })).initial)
  }
}

function print(name, { minified, gzip, brotli }, ...more) {
  const cells = [minified, gzip, brotli, ...more].map((cell) => kb(cell).padStart(10))
  console.log(`${name.padEnd(38)}${cells.join('')}`)
}

function kb(bytes) {
  return typeof bytes === 'number' ? `${(bytes / KB).toFixed(2)} KB` : (bytes ?? '')
}

function complain(what, bytes, most) {
  complaints.push(`${what}: ${bytes} bytes, at most ${most}.`)
}
