// The drop-in beside the kit that it stands in for: every row of the published vectors, and tens of
// thousands of headers made at random, must be accepted by both or refused by both.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import Stripe from 'stripe'
import {
  StripeSignatureVerificationError,
  createVerifier,
  webhooks,
} from '../../js/dist/webhooks.js'

const stripe = new Stripe('sk_test_unused').webhooks
const SECRET = 'whsec_differential'
const NOW_S = 1_795_000_000
const HEADERS = Number(process.env.FARTHING_DIFFERENTIAL_HEADERS ?? 40_000)
const SEED = Number(process.env.FARTHING_DIFFERENTIAL_SEED ?? 20_261_121)

const outcome = (kit, ...call) => {
  try {
    assert.equal(kit.signature.verifyHeader(...call), true)
    return 'accepts'
  } catch (error) {
    return error
  }
}
const accepts = (found) => found === 'accepts'
/** That kit throws something else than its own error: for a v1 without a value, and nothing else. */
const isPlain = (found) => found instanceof Error && found.type === undefined

test('every row of the vectors', () => {
  const file = new URL('../vectors/webhook-compat.json', import.meta.url)
  for (const each of JSON.parse(readFileSync(file, 'utf8')).cases) {
    const { name, header, secrets, tolerance_s, now_ms, expect, differs } = each
    const body = Buffer.from(each.body_base64, 'base64')
    const call = [body, header, secrets[0], tolerance_s ?? undefined, undefined, now_ms]
    const ours = outcome(webhooks, ...call)
    assert.equal(accepts(ours), expect.accepts, `${name}: ${ours}`)
    assert.ok(accepts(ours) || ours instanceof StripeSignatureVerificationError, name)
    const theirs = outcome(stripe, ...call)
    if (differs === undefined) assert.equal(accepts(theirs), expect.accepts, `${name}: ${theirs}`)
    else assert.ok(accepts(theirs) !== expect.accepts || isPlain(theirs), `${name} does not differ`)
  }
})

test('default tolerances of every entry point', async () => {
  const payload = '{"id":"evt_1","object":"event"}'
  for (const age of [0, 299, 300, 301, -400]) {
    const timestamp = NOW_S - age
    const header = stripe.generateTestHeaderString({ payload, secret: SECRET, timestamp })
    assert.equal(webhooks.generateTestHeaderString({ payload, secret: SECRET, timestamp }), header)
    for (const tolerance of [undefined, null, 0, 1, 300, 1_000, Infinity, -5]) {
      const call = [payload, header, SECRET, tolerance, undefined, NOW_S * 1000 + 999]
      for (const method of ['constructEvent', 'constructEventAsync']) {
        const run = async (kit) => (await kit[method](...call)).id
        const [ours, theirs] = await Promise.allSettled([run(webhooks), run(stripe)])
        assert.equal(ours.status, theirs.status, `${method} ${age} ${tolerance}`)
        assert.equal(ours.value, theirs.value)
        assert.equal(ours.reason?.type, theirs.reason?.type)
      }
      for (const method of ['verifyHeader', 'verifyHeaderAsync']) {
        const run = async (kit) => kit.signature[method](...call)
        const [ours, theirs] = await Promise.allSettled([run(webhooks), run(stripe)])
        assert.equal(ours.status, theirs.status, `${method} ${age} ${tolerance}`)
      }
    }
  }
})

test('arguments of the wrong kind', () => {
  const payload = '{"id":"evt_1"}'
  const header = stripe.generateTestHeaderString({ payload, secret: SECRET })
  const calls = [
    ['', header, SECRET],
    [undefined, header, SECRET],
    [null, header, SECRET],
    [{}, header, SECRET],
    [payload, undefined, SECRET],
    [payload, null, SECRET],
    [payload, '', SECRET],
    [payload, [header], SECRET],
    [payload, header, undefined],
    [payload, header, ''],
    [payload, header, ' \t'],
    [payload, Buffer.from(header), SECRET],
    [new TextEncoder().encode(payload), header, SECRET],
    [payload, header, 'whsec_else'],
    [Buffer.from(payload), header, 'whsec_else'],
    [new TextEncoder().encode(payload), Buffer.from(header), 'whsec_else'],
    [Buffer.from(payload), Buffer.from('t=1,v0=1'), SECRET],
    [Buffer.from(payload), Buffer.from('x'), SECRET],
    [Buffer.from(payload), header, ' '],
  ]
  for (const call of calls) {
    const [ours, theirs] = [webhooks, stripe].map((kit) => outcome(kit, ...call))
    assert.equal(accepts(ours), accepts(theirs), JSON.stringify(call))
    assert.equal(ours.type, theirs.type, JSON.stringify(call))
    if (theirs.type === undefined) continue
    assert.deepEqual(ours.payload, theirs.payload, JSON.stringify(call))
    assert.deepEqual(ours.header, theirs.header, JSON.stringify(call))
  }
})

test('headers for tests', () => {
  const payload = '{"id":"evt_1"}'
  for (const more of [
    {},
    { timestamp: 0 },
    { timestamp: 0.5 },
    { timestamp: NOW_S + 0.7 },
    { timestamp: NaN },
    { scheme: '' },
    { scheme: 'v0' },
    { signature: '' },
    { signature: 'given' },
    { timestamp: NOW_S, signature: null, scheme: null },
  ]) {
    const options = { payload, secret: SECRET, ...more }
    const [ours, theirs] = [webhooks, stripe].map((kit) => kit.generateTestHeaderString(options))
    // A second may pass between the two.
    const [time, rest] = ours.split(/,(.*)/)
    const [theirTime, theirRest] = theirs.split(/,(.*)/)
    assert.ok(Math.abs(time.slice(2) - theirTime.slice(2)) <= 1, JSON.stringify(more))
    if (time === theirTime) assert.equal(rest, theirRest, JSON.stringify(more))
  }
})

test(`${HEADERS} headers at random`, () => {
  const random = generator(SEED)
  const seen = { accepts: 0, refuses: 0, plain: 0, strict: 0 }
  for (let count = 0; count < HEADERS; count += 1) {
    const body = text(random, '{}"a:1é\n ', 12) || '{'
    const header = headerFor(random, body)
    const tolerance = pick(random, [undefined, undefined, 300, 0, 1, 86_400])
    const call = [body, header, SECRET, tolerance, undefined, NOW_S * 1000 + random(1000)]
    const [ours, theirs] = [webhooks, stripe].map((kit) => outcome(kit, ...call))
    const said = `seed ${SEED}, header ${count}: ${JSON.stringify([header, body, tolerance])}`
    const strict = outcome(webhooks.strict, ...call)
    if (accepts(strict)) {
      seen.strict += 1
      assert.ok(accepts(ours), `strict accepts what the drop-in refuses: ${said}`)
    }
    if (isPlain(theirs)) {
      // Then a v1 has no value; without it the two agree.
      seen.plain += 1
      const rest = header.split(',').filter((item) => !/^v1(=(=.*)?)?$/.test(item))
      const again = rest.join(',') || ','
      const [o, t] = [webhooks, stripe].map((kit) => outcome(kit, body, again, ...call.slice(2)))
      assert.equal(accepts(o), accepts(t), said)
      assert.equal(accepts(o), accepts(ours), said)
      continue
    }
    assert.equal(accepts(ours), accepts(theirs), `${said}\nours ${ours}\ntheirs ${theirs}`)
    seen[accepts(ours) ? 'accepts' : 'refuses'] += 1
  }
  // A test that accepts nothing, or refuses nothing, tests nothing.
  for (const [what, count] of Object.entries(seen)) {
    assert.ok(count > HEADERS / 100, `${what}: only ${count}`)
  }
})

test('a verifier and the drop-in under the strict policy are one', () => {
  const random = generator(SEED + 1)
  const verifier = createVerifier({ scheme: 'stripe', secrets: SECRET })
  for (let count = 0; count < HEADERS / 4; count += 1) {
    const body = text(random, '{}"a:1é\n ', 12) || '{'
    const header = headerFor(random, body)
    const nowMs = NOW_S * 1000
    let code
    try {
      verifier.verify(body, header, { nowMs })
    } catch (error) {
      code = error.code
    }
    const found = outcome(webhooks.strict, body, header, SECRET, 300, undefined, nowMs)
    // The drop-in has a word of its own for a header that is absent altogether.
    assert.equal(code, found.code, JSON.stringify(header))
  }
})

/** A header that is right more often than chance has it, and wrong in every way it can be. */
function headerFor(random, body) {
  const stamp = pick(random, [
    () => `${NOW_S}`,
    () => `${NOW_S - random(700)}`,
    () => `${NOW_S + random(700)}`,
    () => `0${NOW_S}`,
    () => ` ${NOW_S}`,
    () => `+${NOW_S}`,
    () => `${NOW_S}abc`,
    () => `${NOW_S}=7`,
    () => pick(random, ['', '-1', '-7', '-0', '1e3', '0x1f', 'NaN', 'Infinity', '\u00a012', '7 7']),
    () => `${random(2 ** 30)}`,
    () => text(random, '0123456789-+ .ex=t\u3000', 8),
  ])()
  const signed = String(parseInt(stamp.split('=')[0], 10))
  const mac = createHmac('sha256', SECRET)
    .update(`${random(12) === 0 ? stamp : signed}.${body}`)
    .digest('hex')
  const signature = () =>
    pick(random, [
      () => mac,
      () => mac,
      () => mac,
      () => mac.toUpperCase(),
      () => mac.slice(1),
      () => `${mac}0`,
      () => `${mac}=x`,
      () => mac.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
      () => '0'.repeat(64),
      () => '',
      () => text(random, '0123456789abcdefABCDEF=é ', 70),
    ])()
  const items = [`t=${stamp}`, `v1=${signature()}`]
  while (random(4) === 0) {
    items.push(
      pick(random, [
        () => `v1=${signature()}`,
        () => `v0=${mac}`,
        () => `t=${NOW_S - random(400)}`,
        () => 't',
        () => 'v1',
        () => '',
        () => text(random, 'tv01=,', 6),
      ])(),
    )
  }
  if (random(6) === 0) items.reverse()
  if (random(20) === 0) items.splice(random(items.length), 1)
  return items.join(random(25) === 0 ? ', ' : ',')
}

function text(random, alphabet, most) {
  const characters = Array.from(alphabet)
  return Array.from({ length: random(most + 1) }, () => pick(random, characters)).join('')
}

function pick(random, list) {
  return list[random(list.length)]
}

/** SplitMix32: the same numbers for the same seed, everywhere. */
function generator(seed) {
  let state = seed | 0
  return (below) => {
    state = (state + 0x9e3779b9) | 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    mixed ^= mixed >>> 15
    return (mixed >>> 0) % below
  }
}
