// Webhooks through the package as it is shipped: the published vectors, the shapes of what goes in, and
// what comes out.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  FarthingError,
  StripeSignatureVerificationError,
  createVerifier,
  diagnose,
  signHeaders,
  webhooks,
} from '@farthing/sdk/webhooks'
import { FARTHING_ERROR_CODES } from '@farthing/sdk'

const SCHEMES = ['stripe', 'standard', 'github', 'shopify', 'slack']
const STANDARD_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const secretFor = (scheme) => (scheme === 'standard' ? STANDARD_SECRET : 'whsec_other')
const cases = (name) => {
  const file = new URL(`../../../tests/vectors/webhook-${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')).cases
}
const bytes = ({ body_base64 }) => Buffer.from(body_base64, 'base64')
const headersOf = (scheme, { headers, header }) => {
  if (header !== undefined) return header
  const names = { standard: 'webhook-', slack: 'x-slack-' }
  const { id, timestamp, signature } = headers
  if (scheme === 'standard') {
    return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature }
  }
  assert.ok(names[scheme], scheme)
  return { 'X-Slack-Request-Timestamp': timestamp, 'X-Slack-Signature': signature }
}

function codeOf(run) {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof FarthingError, String(error?.stack ?? error))
    assert.ok(FARTHING_ERROR_CODES.includes(error.code), error.code)
    assert.match(error.message, /^\w.*\.$/s)
    return error.code
  }
  return undefined
}

for (const scheme of SCHEMES) {
  test(`webhook-${scheme}.json`, async () => {
    let ran = 0
    for (const each of cases(scheme)) {
      await kinds[each.does](scheme, each)
      ran += 1
    }
    assert.ok(ran >= 10, `only ${ran} cases ran`)
  })
}

const kinds = {
  verify(scheme, each) {
    const { secrets, name } = each
    // Where making a verifier is stricter than core's function that takes the secrets with each call.
    const expect = each.expect_made ?? each.expect
    const { now_ms: nowMs, tolerance_s: toleranceSeconds } = each
    const headers = headersOf(scheme, each)
    for (const payload of [bytes(each), new Uint8Array(bytes(each))]) {
      let verified
      const code = codeOf(() => {
        const window = ['github', 'shopify'].includes(scheme) ? {} : { toleranceSeconds }
        verified = createVerifier({ scheme, secrets, ...window }).verify(payload, headers, {
          nowMs,
        })
      })
      assert.equal(code, expect.error, name)
      if (code !== undefined) continue
      assert.equal(verified.secretLabel, String(expect.secret_index), name)
      const seconds = expect.timestamp_s
      assert.equal(verified.timestampMs, seconds === undefined ? null : seconds * 1000, name)
      assert.equal(verified.id, scheme === 'standard' ? headers['webhook-id'] : undefined, name)
    }
  },
  sign(scheme, { secrets, id, at_ms: nowMs, expect, name, ...each }) {
    const options = { scheme, secrets, payload: bytes(each), nowMs, ...(id && { id }) }
    const signed = signHeaders(options)
    const header = { stripe: 'stripe-signature', standard: 'webhook-signature' }[scheme]
    if (header) assert.equal(signed[header], expect.header, name)
    else assert.deepEqual(signed, expect.headers, name)
  },
  async diagnose(scheme, each) {
    const { secrets, expect, name, now_ms: nowMs, tolerance_s: toleranceSeconds } = each
    const headers = headersOf(scheme, each)
    const options = { scheme, secrets, payload: bytes(each), headers, nowMs, toleranceSeconds }
    const findings = await diagnose(options)
    const codes = findings.map(({ code }) => code)
    assert.deepEqual(codes, expect.findings, name)
    const said = JSON.stringify(findings)
    for (const secret of secrets) {
      if (secret.trim() !== '') assert.ok(!said.includes(secret.trim()), `${name} tells a secret`)
    }
  },
}

test('headers are found in every shape they come in', () => {
  const payload = '{"id":"evt_1"}'
  for (const scheme of SCHEMES) {
    const signed = signHeaders({ scheme, secrets: secretFor(scheme), payload })
    const verifier = createVerifier({ scheme, secrets: secretFor(scheme) })
    const upper = Object.fromEntries(
      Object.entries(signed).map(([name, value]) => [name.toUpperCase(), value]),
    )
    const lists = Object.fromEntries(Object.entries(signed).map(([name, value]) => [name, [value]]))
    const others = { host: 'a.example', 'set-cookie': ['a=1', 'b=2'], 'x-empty': undefined }
    const shapes = [signed, upper, lists, { ...signed, ...others }, new Headers(signed)]
    if (Object.keys(signed).length === 1) shapes.push(Object.values(signed)[0])
    for (const headers of shapes) {
      assert.equal(verifier.verify(payload, headers).event.id, 'evt_1', scheme)
    }
    for (const headers of [{}, null, undefined, new Headers(), '']) {
      assert.throws(() => verifier.verify(payload, headers), { code: 'empty_header' }, scheme)
    }
    for (const value of [
      null,
      undefined,
      1,
      true,
      {},
      { join: 1 },
      [],
      [null],
      [{}],
      Symbol('x'),
    ]) {
      const none = Object.fromEntries(Object.keys(signed).map((name) => [name, value]))
      assert.throws(() => verifier.verify(payload, none), { code: 'empty_header' }, scheme)
      const odd = { get: (name) => none[name] }
      assert.throws(() => verifier.verify(payload, odd), { code: 'empty_header' }, scheme)
    }
    for (const headers of [1, true, Symbol('x'), () => 't=1']) {
      assert.throws(() => verifier.verify(payload, headers), { code: 'empty_header' }, scheme)
    }
  }
  const twice = signHeaders({ scheme: 'stripe', secrets: 'whsec_other', payload })
  const both = { 'stripe-signature': Array(2).fill(twice['stripe-signature']) }
  const joined = new Headers(twice)
  joined.append('stripe-signature', twice['stripe-signature'])
  const asText = both['stripe-signature'].join(', ')
  const verifier = createVerifier({ scheme: 'stripe', secrets: 'whsec_other' })
  for (const headers of [both, joined, asText, { 'Stripe-Signature': asText }]) {
    assert.throws(() => verifier.verify(payload, headers), { code: 'duplicate_timestamp' })
  }
})

test('only what arrived is verified, whatever its size, in both ways', async () => {
  for (const scheme of SCHEMES) {
    const secrets = [secretFor('standard'), { label: 'live', secret: secretFor(scheme) }]
    const verifier = createVerifier({ scheme, secrets })
    const expected = scheme === 'standard' ? '0' : 'live'
    for (const length of [0, 1, 55, 64, 1_000, 1_535, 1_536, 2_047, 2_048, 100_000]) {
      const text = 'é'.repeat(length >> 1) + 'x'.repeat(length & 1)
      const signed = signHeaders({ scheme, secrets: secretFor(scheme), payload: text })
      for (const payload of [text, Buffer.from(text), new TextEncoder().encode(text)]) {
        assert.equal(verifier.verify(payload, signed).secretLabel, expected)
        const later = await verifier.verifyAsync(payload, signed)
        assert.equal(later.secretLabel, expected)
      }
      const code = 'signature_mismatch'
      const changed = Buffer.from(`${text} `)
      assert.throws(() => verifier.verify(changed, signed), { code })
      await assert.rejects(verifier.verifyAsync(changed, signed), { code })
      const old = { nowMs: Date.now() + 301_000 }
      const late = () => verifier.verify(text, signed, old)
      if (['github', 'shopify'].includes(scheme)) late()
      else assert.throws(late, { code: 'timestamp_too_old' })
    }
  }
  const verifier = createVerifier({ scheme: 'stripe', secrets: 'whsec_other' })
  for (const payload of [{}, [], null, undefined, 1, new ArrayBuffer(2)]) {
    assert.throws(() => verifier.verify(payload, 't=1,v1=00'), { code: 'payload_not_raw' })
    await assert.rejects(verifier.verifyAsync(payload, 't=1,v1=00'), { code: 'payload_not_raw' })
  }
})

test('the event is parsed when it is asked for, and once', () => {
  const verifier = createVerifier({ scheme: 'stripe', secrets: 'whsec_other' })
  const verified = (payload) =>
    verifier.verify(payload, signHeaders({ scheme: 'stripe', secrets: 'whsec_other', payload }))
  const junk = verified('junk')
  assert.throws(() => junk.event, { code: 'payload_not_json' })
  assert.throws(() => verified(Buffer.from([0x22, 0xff, 0x22])).event, { code: 'payload_not_json' })
  const good = verified(Buffer.from('\ufeff{"id":"evt_1"}'))
  assert.equal(good.event.id, 'evt_1')
  assert.equal(good.event, good.event)
})

test('the event is the one that was verified, whatever becomes of the buffer', async () => {
  const verifier = createVerifier({ scheme: 'stripe', secrets: 'whsec_other' })
  const genuine = `{"id":"evt_1","padding":"${'x'.repeat(4_000)}"}`
  const headers = signHeaders({ scheme: 'stripe', secrets: 'whsec_other', payload: genuine })
  const header = headers['stripe-signature']
  const shared = new Uint8Array(new SharedArrayBuffer(genuine.length))
  for (const buffer of [Buffer.alloc(genuine.length), new Uint8Array(genuine.length), shared]) {
    const arrives = (text) => void new TextEncoder().encodeInto(text, buffer)
    arrives(genuine)
    const verified = verifier.verify(buffer, headers)
    arrives('{"id":"evt_2"')
    assert.equal(verified.event.id, 'evt_1')
    for (const later of [
      () => verifier.verifyAsync(buffer, headers).then(({ event }) => event),
      () => webhooks.constructEventAsync(buffer, header, 'whsec_other'),
      () => webhooks.strict.constructEventAsync(buffer, header, 'whsec_other'),
    ]) {
      arrives(genuine)
      const event = later()
      arrives('{"id":"evt_2"')
      assert.equal((await event).id, 'evt_1')
    }
  }
})

test('options that would weaken a verifier are refused', async () => {
  const make = (options) =>
    codeOf(() => createVerifier({ scheme: 'stripe', secrets: 'a', ...options }))
  for (const toleranceSeconds of [0, 86_401, 4_294_967_295]) {
    assert.equal(make({ toleranceSeconds }), 'tolerance_out_of_range')
  }
  for (const toleranceSeconds of [NaN, 1.5, Infinity, '300s', 1e21]) {
    assert.equal(make({ toleranceSeconds }), 'not_an_integer', String(toleranceSeconds))
  }
  for (const toleranceSeconds of [-1, 4_294_967_296]) {
    assert.ok(['overflow', 'not_an_integer'].includes(make({ toleranceSeconds })))
  }
  for (const secrets of ['', ' \n', [], ['', ' '], undefined, null, [undefined], {}]) {
    assert.equal(make({ secrets }), 'no_secret', JSON.stringify(secrets))
  }
  for (const secrets of [
    ['', 'whsec_other'],
    ['whsec_other', ' \n'],
    [{ label: 'old', secret: '' }, 'a'],
  ]) {
    assert.equal(make({ secrets }), 'secret_empty', JSON.stringify(secrets))
  }
  assert.equal(make({ scheme: 'standard', secrets: 'not base64!' }), 'secret_not_base64')
  assert.equal(make({ scheme: 'paypal' }), 'bad_option')
  assert.equal(make({ scheme: 'github', toleranceSeconds: 300 }), 'bad_option')
  assert.equal(make({ toleranceSeconds: 86_400 }), undefined)
  const verifier = createVerifier({ scheme: 'stripe', secrets: 'a' })
  for (const nowMs of [NaN, Infinity, 2 ** 53, 1n, '1', Symbol('1'), null]) {
    assert.throws(() => verifier.verify('{}', 't=1,v1=', { nowMs }), { code: 'not_an_integer' })
  }
  for (const nothing of [undefined, null, 1, {}, { secrets: 'a' }, { scheme: 5, secrets: 'a' }]) {
    const what = JSON.stringify(nothing)
    assert.equal(
      codeOf(() => createVerifier(nothing)),
      'bad_option',
      what,
    )
    assert.equal(
      codeOf(() => signHeaders(nothing)),
      'bad_option',
      what,
    )
    await assert.rejects(diagnose(nothing), { code: 'bad_option' }, what)
  }
})

test('a body is verified by other means where the platform does not take a key', () => {
  const script = `
    process.getBuiltinModule = undefined
    const { createVerifier, signHeaders } = await import('@farthing/sdk/webhooks')
    const { subtle } = crypto
    const [importKey, sign] = [subtle.importKey.bind(subtle), subtle.sign.bind(subtle)]
    let refusals = 2, signed = 0
    subtle.importKey = async (...call) => {
      if (refusals-- > 0) throw new Error('refused')
      return importKey(...call)
    }
    subtle.sign = (...call) => ((signed += 1), sign(...call))
    const verifier = createVerifier({ scheme: 'stripe', secrets: ['a', 'b'] })
    const payload = JSON.stringify({ id: 'evt_1', padding: 'x'.repeat(9_000) })
    const headers = signHeaders({ scheme: 'stripe', secrets: 'b', payload })
    const seen = []
    for (let time = 0; time < 2; time += 1) {
      seen.push((await verifier.verifyAsync(payload, headers)).secretLabel)
      seen.push(await verifier.verifyAsync(payload + ' ', headers).catch(({ code }) => code))
    }
    console.log(seen.join(), signed > 0)`
  const flags = ['--input-type=module', '--eval', script]
  const cwd = new URL('../..', import.meta.url)
  const { stdout, stderr } = spawnSync(process.execPath, flags, { cwd, encoding: 'utf8' })
  assert.equal(stdout.trim(), '1,signature_mismatch,1,signature_mismatch true', stderr)
})

test('a batch has an outcome for each, in order', () => {
  const verifier = createVerifier({ scheme: 'github', secrets: 'whsec_other' })
  const good = (payload) => ({
    payload,
    headers: signHeaders({ scheme: 'github', secrets: 'whsec_other', payload }),
  })
  const bad = { ...good('{"id":"b"}'), payload: '{"id":"c"}' }
  const list = [good('{"id":"a"}'), bad, good('{"id":"d"}'), good('{"id":"e"}'), good('{"id":"f"}')]
  const outcomes = verifier.verifyBatch(list)
  const seen = outcomes.map(({ value, reason }) => value?.event.id ?? reason.code)
  assert.deepEqual(seen, ['a', 'signature_mismatch', 'd', 'e', 'f'])
  const odd = verifier.verifyBatch([null, undefined, 'a', 1, {}, good('{"id":"g"}')])
  assert.deepEqual(
    odd.map(({ value, reason }) => value?.event.id ?? reason.code),
    [...Array(5).fill('payload_not_raw'), 'g'],
  )
  for (const none of [undefined, null, {}, 'ab', 1]) {
    assert.equal(
      codeOf(() => verifier.verifyBatch(none)),
      'bad_option',
    )
  }
})

test('the diagnosis sees another scheme by its header', async () => {
  const payload = '{}'
  for (const scheme of SCHEMES) {
    const other = scheme === 'github' ? 'stripe' : 'github'
    const headers = signHeaders({ scheme: other, secrets: secretFor(other), payload })
    const found = await diagnose({ scheme, secrets: secretFor(scheme), payload, headers })
    assert.equal(found[0]?.code, 'header_other_scheme', scheme)
    const none = await diagnose({ scheme, secrets: secretFor(scheme), payload, headers: {} })
    assert.equal(none[0]?.code, 'header_empty', scheme)
  }
})

test("the drop-in has that kit's names, errors and defaults", async () => {
  const secret = 'whsec_drop_in'
  const payload = '{"id":"evt_1","object":"event"}'
  const header = webhooks.generateTestHeaderString({ payload, secret })
  assert.equal(await webhooks.generateTestHeaderStringAsync({ payload, secret }), header)
  for (const each of [webhooks, webhooks.strict]) {
    assert.equal(each.DEFAULT_TOLERANCE, 300)
    assert.equal(each.signature.EXPECTED_SCHEME, 'v1')
    assert.equal(each.constructEvent(payload, header, secret).id, 'evt_1')
    assert.equal((await each.constructEventAsync(payload, header, secret)).id, 'evt_1')
    assert.equal(
      each.signature.verifyHeader(Buffer.from(payload), Buffer.from(header), secret),
      true,
    )
    assert.equal(await each.signature.verifyHeaderAsync(payload, header, secret), true)
    assert.throws(
      () => each.constructEvent(payload, header, 'whsec_else'),
      (error) =>
        error instanceof StripeSignatureVerificationError &&
        error.type === 'StripeSignatureVerificationError' &&
        error.code === 'signature_mismatch' &&
        error.header === header &&
        error.payload === payload,
    )
    // A body given as bytes comes back as text: no memory of other bodies with it.
    for (const [sent, outcome] of [
      [header, 'signature_mismatch'],
      [undefined, 'empty_header'],
    ]) {
      const expected = { code: outcome, payload, header: sent }
      const bytes = Buffer.from(payload)
      assert.throws(() => each.constructEvent(bytes, sent, 'whsec_else'), expected)
      await assert.rejects(each.constructEventAsync(bytes, sent, 'whsec_else'), expected)
    }
    for (const none of [undefined, null]) {
      assert.throws(() => each.generateTestHeaderString(none), { code: 'bad_option' })
    }
    assert.throws(() => each.constructEvent(JSON.parse(payload), header, secret), {
      code: 'payload_not_raw',
    })
    assert.throws(() => each.constructEvent(payload, [header], secret), { code: 'bad_option' })
  }
  const future = Date.now() - 301_000
  assert.equal(
    webhooks.signature.verifyHeader(payload, header, secret, 300, undefined, future),
    true,
  )
  assert.throws(
    () => webhooks.strict.signature.verifyHeader(payload, header, secret, 300, undefined, future),
    { code: 'timestamp_too_new' },
  )
  assert.throws(() => webhooks.strict.constructEvent(payload, header, secret, 0), {
    code: 'tolerance_out_of_range',
  })
  const thin = '{"id":"evt_1","object":"v2.core.event"}'
  const signed = webhooks.generateTestHeaderString({ payload: thin, secret })
  assert.throws(() => webhooks.constructEvent(thin, signed, secret), { code: 'payload_thin' })
})
