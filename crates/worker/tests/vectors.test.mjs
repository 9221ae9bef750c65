// The public vectors, through the deployed artefact: each case is accepted or refused with exactly
// the reason that Rust and TypeScript give. A module before the Worker sets the isolate's clock.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { start } from '../runtime.mjs'

const CLOCK = `
  import Worker from './index.js'
  export * from './index.js'
  const Real = Date
  export default class extends Worker {
    fetch(request) {
      const now = Number(request.headers.get('x-now'))
      globalThis.Date = class extends Real {
        constructor(...given) { given.length > 0 ? super(...given) : super(now) }
        static now() { return now }
      }
      return super.fetch(request)
    }
  }
`
/** Reasons that follow a good signature: the body is no event. Not what these vectors are about. */
const NOT_AN_EVENT = /^(event_|bad_identity)/

/** Reasons that a Worker finds in its settings, before any webhook comes. */
const IN_SETTINGS = /^(no_secret|tolerance_out_of_range|secret_)/

const read = (name) =>
  JSON.parse(readFileSync(new URL(`../../../tests/vectors/${name}.json`, import.meta.url), 'utf8')).cases.filter(
    (one) => one.does === 'verify',
  )

/** How each scheme's headers are called, and what must be said of a source that signs no time. */
const SCHEMES = {
  stripe: { of: (one) => ({ 'stripe-signature': one.header }) },
  standard: {
    of: ({ headers }) => ({
      'webhook-id': headers.id,
      'webhook-timestamp': headers.timestamp,
      'webhook-signature': headers.signature,
    }),
  },
  slack: { of: ({ headers }) => ({ 'x-slack-request-timestamp': headers.timestamp, 'x-slack-signature': headers.signature }) },
  github: { of: (one) => ({ 'x-hub-signature-256': one.header }), settings: { without_timestamp: true } },
  shopify: { of: (one) => ({ 'x-shopify-hmac-sha256': one.header }), settings: { without_timestamp: true } },
}

/** HTTP takes the space around a header's value away, so that the Worker never sees it. */
const SPACE = 'space around a value'
/** What a client puts for these characters is not what was signed. */
const LETTERS = 'letters beyond ASCII in a value'
/** `SECRET_NAME` holds secrets separated by spaces: none of them is empty or has a space in it. */
const LIST = 'no list of secrets in a setting'

/** The only vectors that are not sent, by scheme, and why they cannot be. */
const LEFT_OUT = {
  stripe: {
    't of arabic digits': LETTERS,
    'blank header': SPACE,
    'blank secret beside a good one': LIST,
    'signed by the blank one of two': LIST,
  },
  standard: { blank: SPACE, 'id beyond ASCII': LETTERS },
  slack: { 'timestamp with a space': SPACE },
  github: { 'blank secret beside it': LIST, 'space before': SPACE, 'space after': SPACE, 'known answer': LIST },
  shopify: { 'space after': SPACE },
}

for (const [scheme, { of: headersOf, settings }] of Object.entries(SCHEMES)) {
  /** A source for a case; a time that is not signed has no window to set. */
  const sourceOf = (one) => ({ scheme, ...(settings ?? { tolerance_s: one.tolerance_s }) })
  test(`webhook-${scheme}.json`, { timeout: 120_000 }, async (t) => {
    const cases = read(`webhook-${scheme}`)
    const [inSettings, inRequests] = [[], []]
    for (const one of cases) (IN_SETTINGS.test(one.expect.error ?? '') ? inSettings : inRequests).push(one)
    for (const one of inSettings) {
      const bindings = { SOURCES: JSON.stringify({ v: sourceOf(one) }), SECRET_V: one.secrets.join(' ') }
      const worker = await start({ bindings })
      const answer = await fetch(`${worker.url}/in/v`, { method: 'POST', headers: headersOf(one), body: 'x' })
      assert.deepEqual([answer.status, (await answer.json()).error.code], [500, 'misconfigured'], one.name)
      await worker.stop()
    }
    const left = new Set(Object.keys(LEFT_OUT[scheme]))
    const usable = inRequests.filter((one) => !left.has(one.name))
    assert.equal(usable.length + left.size, inRequests.length, 'each that is left out is there, and once')
    // One source for each set of secrets and tolerance.
    const names = new Map()
    const nameOf = (one) => {
      const key = JSON.stringify([one.secrets, one.tolerance_s])
      if (!names.has(key)) names.set(key, `v${names.size}`)
      return names.get(key)
    }
    const sources = {}
    const bindings = {}
    for (const one of usable) {
      const name = nameOf(one)
      sources[name] = sourceOf(one)
      bindings[`SECRET_${name.toUpperCase()}`] = one.secrets.join(' ')
    }
    bindings.SOURCES = JSON.stringify(sources)
    const worker = await start({ bindings, wrap: CLOCK })
    t.after(worker.stop)
    assert.equal((await fetch(`${worker.url}/healthz`)).status, 200, await (await fetch(`${worker.url}/healthz`)).text())
    for (const one of usable) {
      const answer = await fetch(`${worker.url}/in/${nameOf(one)}`, {
        method: 'POST',
        headers: { ...headersOf(one), 'x-now': String(one.now_ms) },
        body: Buffer.from(one.body_base64, 'base64'),
      })
      const body = await answer.json()
      const got = answer.status === 200 ? 'accepted' : body.error.code
      const verified = answer.status === 200 || NOT_AN_EVENT.test(got)
      const expected = one.expect.error ?? 'accepted'
      assert.equal(verified ? 'accepted' : got, expected, `${one.name}: ${JSON.stringify(body)}`)
      if (!verified) assert.equal(answer.status, 400, one.name)
    }
    t.diagnostic(`${usable.length} sent, ${inSettings.length} refused as settings, ${left.size} left out`)
  })
}
