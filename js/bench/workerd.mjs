// The same in workerd: so many verifies inside one request, less an empty request.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { SECRET, SIZES, eventOf, flipped, signed } from './bodies.mjs'
import { ratio, spread } from './measure.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const dist = join(here, '../dist/workerd')
const THEIRS = 'stripe verifyHeaderAsync'

/** What must hold, as a share of the other's time, at each of the sizes. */
export const BOUNDS = [{ ours: 'ours verifyAsync', theirs: THEIRS, most: [0.25, 0.5, 0.6, 1.1] }]

const CONTENDERS = [
  'empty',
  'ours verifyAsync',
  'ours in WebAssembly alone',
  'ours verify + parse',
  THEIRS,
  'stripe constructEventAsync + parse',
]
const CALLS = { 256: 4000, 1024: 3000, 4096: 1500, 65536: 200 }

const WORKER = `
import { createVerifier } from 'ours'
import Stripe from 'stripe'
const stripe = new Stripe('sk_test_unused').webhooks
const secret = ${JSON.stringify(SECRET)}
let verifier
const run = {
  'empty': () => {},
  'ours verifyAsync': (b, h) => verifier.verifyAsync(b, h),
  'ours in WebAssembly alone': (b, h) => verifier.verify(b, h),
  'ours verify + parse': async (b, h) => (await verifier.verifyAsync(b, h)).event,
  '${THEIRS}': (b, h) => stripe.signature.verifyHeaderAsync(b, h, secret, 300),
  'stripe constructEventAsync + parse': (b, h) => stripe.constructEventAsync(b, h, secret),
}
export default {
  async fetch(request) {
    verifier ??= createVerifier({ scheme: 'stripe', secrets: secret })
    const { searchParams } = new URL(request.url)
    const body = new Uint8Array(await request.arrayBuffer())
    const check = run[searchParams.get('name')]
    const header = searchParams.get('header')
    const calls = Number(searchParams.get('calls'))
    try {
      for (let n = 0; n < calls; n += 1) {
        const result = check(body, header)
        if (result instanceof Promise) await result
      }
    } catch (error) {
      return new Response(String(error), { status: 400 })
    }
    return new Response('accepted')
  },
}`

function miniflare() {
  for (const folder of [join(here, '..'), here, join(here, '../../crates/worker')]) {
    if (existsSync(join(folder, 'node_modules/miniflare'))) {
      return createRequire(join(folder, 'package.json'))('miniflare')
    }
  }
  return undefined
}

/** Runs everything in workerd, or says that it cannot. */
export async function benchWorkerd({ rounds = 9 } = {}) {
  const runtime = miniflare()
  if (runtime === undefined)
    return { notRun: 'miniflare is not installed (npm ci in crates/worker)' }
  const worker = new runtime.Miniflare({
    modules: await modules(),
    modulesRoot: '/',
    host: '127.0.0.1',
    port: 0,
    cf: false,
    compatibilityDate: '2026-01-01',
  })
  try {
    const url = await worker.ready
    const results = []
    for (const size of SIZES) results.push(await benchSize({ url, size, rounds }))
    return { results }
  } finally {
    await worker.dispose()
  }
}

async function benchSize({ url, size, rounds }) {
  const body = eventOf(size)
  const [good, old] = [signed(body, Date.now()), signed(body, Date.now() - 302_000)]
  const ask = async (name, payload, header, calls) => {
    const query = new URLSearchParams({ name, header, calls: String(calls) })
    const start = performance.now()
    const answer = await fetch(`${url}?${query}`, { method: 'POST', body: payload })
    await answer.text()
    return { accepted: answer.ok, ms: performance.now() - start }
  }
  for (const name of CONTENDERS.slice(1)) {
    const cases = [
      [body, good.stripe, true],
      [body, flipped(good).stripe, false],
      [body, old.stripe, false],
      [body.slice(0, -1), good.stripe, false],
    ]
    for (const [payload, header, expected] of cases) {
      const { accepted } = await ask(name, payload, header, 1)
      if (accepted !== expected) throw new Error(`${name} in workerd: wrong answer, not timed`)
    }
    await ask(name, body, good.stripe, CALLS[size] >> 2)
  }
  const calls = CALLS[size]
  const spent = new Map(CONTENDERS.map((name) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (let place = 0; place < CONTENDERS.length; place += 1) {
      const name = CONTENDERS[(place + round) % CONTENDERS.length]
      const { accepted, ms } = await ask(name, body, good.stripe, calls)
      if (!accepted) throw new Error(`${name} in workerd refused what is right`)
      spent.get(name).push(ms)
    }
  }
  const empty = spread(spent.get('empty')).median
  const micros = new Map(
    CONTENDERS.slice(1).map((name) => [
      name,
      spent.get(name).map((ms) => ((ms - empty) * 1000) / calls),
    ]),
  )
  const bounded = BOUNDS.map(({ ours, theirs, most }) => ({
    ours,
    theirs,
    most: most[SIZES.indexOf(size)],
    ...ratio(micros, ours, theirs),
  }))
  const shown = [
    ['ours in WebAssembly alone', THEIRS],
    ['ours verify + parse', 'stripe constructEventAsync + parse'],
  ].map(([ours, theirs]) => ({ ours, theirs, ...ratio(micros, ours, theirs) }))
  return {
    size,
    micros: Object.fromEntries(Array.from(micros, ([name, list]) => [name, spread(list)])),
    ratios: [...bounded, ...shown],
  }
}

/** The Worker, bundled as a merchant's would be, and the artefacts beside it. */
async function modules() {
  const { outputFiles } = await build({
    stdin: { contents: WORKER, resolveDir: here, loader: 'js' },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker', 'browser'],
    alias: { ours: join(dist, 'webhooks.js') },
    external: ['*.wasm', 'node:*'],
    logLevel: 'error',
  })
  const wasm = readdirSync(dist).filter((name) => name.endsWith('.wasm'))
  return [
    { type: 'ESModule', path: '/worker.js', contents: outputFiles[0].text },
    ...wasm.map((name) => ({
      type: 'CompiledWasm',
      path: `/${name}`,
      contents: readFileSync(join(dist, name)),
    })),
  ]
}
