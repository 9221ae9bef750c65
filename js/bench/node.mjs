// Every contender in Node, beside one another.
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { verify as octokit } from '@octokit/webhooks-methods'
import { build } from 'esbuild'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import Stripe from 'stripe'
import { Webhook as SvixWebhook } from 'svix'
import { createVerifier, webhooks } from '../dist/webhooks.js'
import { SECRET, SIZES, eventOf, flipped, signed } from './bodies.mjs'
import { interleave, ratio, spread } from './measure.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const stripe = new Stripe('sk_test_unused').webhooks
const subtle = Stripe.createSubtleCryptoProvider()
const standard = new StandardWebhook(SECRET)
const svix = new SvixWebhook(SECRET)
const floorKey = createSecretKey(Buffer.from(SECRET))

const THEIRS = 'stripe verifyHeader, Buffer'
const STANDARD = 'standardwebhooks verify'

/** What must hold, as a share of the other's time, at each of the sizes. */
export const BOUNDS = [
  { ours: 'ours verify, Buffer', theirs: THEIRS, most: [0.45, 0.75, 0.75, 0.75] },
  { ours: 'ours, the drop-in, Buffer', theirs: THEIRS, most: [0.45, 0.75, 0.75, 0.75] },
  { ours: 'ours standard verify, string', theirs: STANDARD, most: [0.2, 0.25, 0.2, 0.2] },
]
const SHOWN = [
  ['ours verify, string', 'stripe verifyHeader, string'],
  ['ours in WebAssembly alone, Buffer', THEIRS],
  ['ours in batches of four, Buffer', THEIRS],
  ['ours verify + parse, Buffer', 'stripe constructEvent + parse, Buffer'],
  ['ours standard + parse, string', 'svix verify + parse'],
  ['ours github verify, string', 'octokit verify'],
  ['ours verify, Buffer', 'stripe verifyHeaderAsync, SubtleCrypto'],
]

/** The package once more, where it sees no other cryptography. */
async function alone() {
  const folder = mkdtempSync(join(tmpdir(), 'farthing-bench-'))
  const outfile = join(folder, 'alone.mjs')
  const options = { bundle: true, format: 'esm', target: 'es2022', logLevel: 'error' }
  await build({ ...options, entryPoints: [join(here, '../dist/webhooks.js')], outfile })
  const { getBuiltinModule } = process
  try {
    const pure = await import(pathToFileURL(outfile).href)
    // Asked once, at the first large body, and remembered.
    process.getBuiltinModule = undefined
    const verifier = pure.createVerifier({ scheme: 'github', secrets: SECRET })
    const large = 'x'.repeat(100_000)
    verifier.verify(large, signed(large, 0).github)
    return pure
  } finally {
    process.getBuiltinModule = getBuiltinModule
    rmSync(folder, { recursive: true })
  }
}

function contenders(text, pure) {
  const buffer = Buffer.from(text)
  const ours = createVerifier({ scheme: 'stripe', secrets: SECRET })
  const oursStandard = createVerifier({ scheme: 'standard', secrets: SECRET })
  const oursGithub = createVerifier({ scheme: 'github', secrets: SECRET })
  const oursPure = pure.createVerifier({ scheme: 'stripe', secrets: SECRET })
  const floor = (body, header) => {
    const [, t, v1] = /^t=(\d+),v1=([\da-f]{64})/.exec(header)
    const tag = createHmac('sha256', floorKey).update(`${t}.`).update(body).digest()
    const fits = timingSafeEqual(tag, Buffer.from(v1, 'hex'))
    if (!fits || Math.abs(Date.now() / 1000 - t) > 300) throw new Error('refused')
  }
  const isAsync = true
  const options = { jsonParse: false }
  const four = (body, header) => {
    const each = { payload: body, headers: header }
    for (const { status, reason } of oursPure.verifyBatch([each, each, each, each])) {
      if (status === 'rejected') throw reason
    }
  }
  return [
    ['ours verify, Buffer', 'stripe', buffer, (b, h) => ours.verify(b, h)],
    ['ours verify, string', 'stripe', text, (b, h) => ours.verify(b, h)],
    ['ours in WebAssembly alone, Buffer', 'stripe', buffer, (b, h) => oursPure.verify(b, h)],
    ['ours in batches of four, Buffer', 'stripe', buffer, four, { per: 4 }],
    ['ours verify + parse, Buffer', 'stripe', buffer, (b, h) => ours.verify(b, h).event],
    [
      'ours, the drop-in, Buffer',
      'stripe',
      buffer,
      (b, h) => webhooks.signature.verifyHeader(b, h, SECRET, 300),
    ],
    [
      'ours, the drop-in + parse, Buffer',
      'stripe',
      buffer,
      (b, h) => webhooks.constructEvent(b, h, SECRET),
    ],
    [THEIRS, 'stripe', buffer, (b, h) => stripe.signature.verifyHeader(b, h, SECRET, 300)],
    [
      'stripe verifyHeader, string',
      'stripe',
      text,
      (b, h) => stripe.signature.verifyHeader(b, h, SECRET, 300),
    ],
    [
      'stripe constructEvent + parse, Buffer',
      'stripe',
      buffer,
      (b, h) => stripe.constructEvent(b, h, SECRET),
    ],
    [
      'stripe verifyHeaderAsync, SubtleCrypto',
      'stripe',
      buffer,
      (b, h) => stripe.signature.verifyHeaderAsync(b, h, SECRET, 300, subtle),
      { isAsync },
    ],
    ['node:crypto, the least there is', 'stripe', buffer, floor],
    ['ours standard verify, string', 'standard', text, (b, h) => oursStandard.verify(b, h)],
    ['ours standard + parse, string', 'standard', text, (b, h) => oursStandard.verify(b, h).event],
    [STANDARD, 'standard', text, (b, h) => standard.verify(b, h, options)],
    ['svix verify + parse', 'standard', text, (b, h) => svix.verify(b, h)],
    ['ours github verify, string', 'github', text, (b, h) => oursGithub.verify(b, h)],
    [
      'octokit verify',
      'github',
      text,
      async (b, h) => {
        if (!(await octokit(SECRET, b, h))) throw new Error('refused')
      },
      { isAsync },
    ],
  ].map(([name, scheme, body, check, more = {}]) => ({ name, scheme, body, check, ...more }))
}

/** Each must accept what is right and refuse three things that are not. */
async function prove({ name, scheme, body, check }, good, old) {
  const cut = body.slice(0, -1)
  await check(body, good[scheme])
  const wrong = [
    ['a flipped signature', body, flipped(good)[scheme]],
    ['a truncated body', cut, good[scheme]],
  ]
  if (scheme !== 'github') wrong.push(['an old timestamp', body, old[scheme]])
  for (const [what, payload, headers] of wrong) {
    let accepted = true
    try {
      await check(payload, headers)
    } catch {
      accepted = false
    }
    if (accepted) throw new Error(`${name} accepts ${what}: it is not timed.`)
  }
}

/** Runs everything in Node. */
export async function benchNode(options) {
  const pure = await alone()
  const results = []
  for (const size of SIZES) {
    const text = eventOf(size)
    if (text.length !== size) throw new Error(`an event of ${text.length} bytes, not ${size}`)
    const now = Date.now()
    const [good, old] = [signed(text, now), signed(text, now - 302_000)]
    const all = contenders(text, pure)
    for (const each of all) await prove(each, good, old)
    const timed = all.map(({ check, body, scheme, ...each }) => {
      const headers = good[scheme]
      return { ...each, call: () => check(body, headers) }
    })
    const micros = await interleave(timed, options)
    const column = BOUNDS.map(({ ours, theirs, most }) => ({
      ours,
      theirs,
      most: most[SIZES.indexOf(size)],
      ...ratio(micros, ours, theirs),
    }))
    const shown = SHOWN.map(([ours, theirs]) => ({ ours, theirs, ...ratio(micros, ours, theirs) }))
    results.push({
      size,
      micros: Object.fromEntries(Array.from(micros, ([name, list]) => [name, spread(list)])),
      ratios: [...column, ...shown],
    })
  }
  return results
}

/** The peers' versions, as installed. */
export function versions() {
  const names = ['stripe', 'standardwebhooks', 'svix', '@octokit/webhooks-methods']
  return Object.fromEntries(
    names.map((name) => {
      const file = join(here, 'node_modules', name, 'package.json')
      return [name, JSON.parse(readFileSync(file, 'utf8')).version]
    }),
  )
}
