// Taking webhooks in: who is believed, what is stored once, what is refused and how.

import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { after, before, test } from 'node:test'

import { Webhook } from 'standardwebhooks'

import { start } from '../runtime.mjs'
import { STRIPE_SECRET, ask, counts, event, post, random, serve, settings, signed, until } from './helpers.mjs'

const FORWARD_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const STANDARD_SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'
const OLD_SECRET = 'whsec_old_4Zk0nZQ3vX7pYhT2cR9s'
const OTHER_SECRET = 'whsec_other_4Zk0nZQ3vX7pYhT2cR9s'
const GITHUB_SECRET = "it's a secret: of mine="
const SLACK_SECRET = '8f742231b10e8888abcd99yyyzzz85a5'
const JSON_TYPE = { 'content-type': 'application/json' }
let worker
let origin

before(async () => {
  origin = await serve(() => ({ status: 200 }))
  const unsigned = { without_timestamp: true, forward: `${origin.url}/labels` }
  const sources = {
    shop: { scheme: 'stripe', forward: `${origin.url}/hook` },
    other: { scheme: 'stripe' },
    svix: { scheme: 'standard' },
    'git-hub': { scheme: 'github', ...unsigned },
    shopify: { scheme: 'shopify', ...unsigned },
    slack: { scheme: 'slack' },
  }
  worker = await start({
    bindings: settings({}, {
      SOURCES: JSON.stringify(sources),
      SECRET_SHOP: `new = ${STRIPE_SECRET} ${OLD_SECRET}`,
      SECRET_OTHER: OTHER_SECRET,
      SECRET_SVIX: STANDARD_SECRET,
      SECRET_GIT_HUB: GITHUB_SECRET.replaceAll(' ', '_'),
      SECRET_SHOPIFY: 'shpss_1',
      SECRET_SLACK: SLACK_SECRET,
      FORWARD_SECRET,
    }),
  })
})
after(async () => {
  await worker.stop()
  await origin.stop()
})

/** Posts a body with these headers; answers the status and the code or the acknowledgement. */
async function send(source, headers, body, url = worker.url) {
  const answer = await fetch(`${url}/in/${source}`, { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body })
  const text = await answer.text()
  assert.doesNotMatch(text, /whsec_|\.rs|panicked|    at /)
  const { error, ...rest } = JSON.parse(text)
  return { status: answer.status, code: error?.code, ...rest }
}
const TAKEN = { status: 200, code: undefined, received: true, duplicate: false }
const AGAIN = { ...TAKEN, duplicate: true }
const refused = (code, status = 400) => ({ status, code })

const seconds = (offset = 0) => Math.floor(Date.now() / 1000) + offset
const hmac = (key, ...parts) => parts.reduce((mac, part) => mac.update(part), createHmac('sha256', key))
const stripeHeader = (body, secret = STRIPE_SECRET, at = seconds()) => ({ 'stripe-signature': `t=${at},v1=${hmac(secret, `${at}.`, body).digest('hex')}` })
const github = (body, more = {}) => ({ 'x-hub-signature-256': `sha256=${hmac(GITHUB_SECRET.replaceAll(' ', '_'), body).digest('hex')}`, ...more })
const shopify = (body, more = {}) => ({ 'x-shopify-hmac-sha256': hmac('shpss_1', body).digest('base64'), ...more })
const slack = (body, at = seconds()) => ({
  'x-slack-request-timestamp': String(at), 'x-slack-signature': `v0=${hmac(SLACK_SECRET, `v0:${at}:`, body).digest('hex')}`,
})
function standard(id, body, at = new Date(), secret = STANDARD_SECRET) {
  return {
    'webhook-id': id, 'webhook-timestamp': String(Math.floor(at / 1000)), 'webhook-signature': new Webhook(secret).sign(id, at, body),
  }
}

test("Stripe's own package signs, with the new and the old secret", async () => {
  for (const [id, secret] of [['evt_new', STRIPE_SECRET], ['evt_old', OLD_SECRET]]) {
    const payload = event(id)
    const answer = await post(worker.url, payload, { header: signed(payload, secret) })
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    assert.deepEqual(await answer.json(), { received: true, duplicate: false })
  }
})

test('standardwebhooks signs; the identity is the signed header, whatever the body', async () => {
  const body = '{"any":"thing"}'
  const before = new Date(Date.now() - 60_000)
  assert.deepEqual(await send('svix', standard('msg_1', body), body), TAKEN)
  assert.deepEqual(await send('svix', standard('msg_1', body, before), body), AGAIN)
  assert.deepEqual(await send('svix', standard('msg_2', body), body), TAKEN)
  for (const [id, bytes] of [['msg_empty', ''], ['msg_one', '1'], ['msg_event', event('evt_in_standard')], ['msg_array', '[]']]) {
    assert.deepEqual(await send('svix', standard(id, bytes), bytes), TAKEN, id)
  }
  // Another name for the same message is another message, and nobody signed it.
  const replayed = { ...standard('msg_1', body), 'webhook-id': 'msg_3' }
  assert.deepEqual(await send('svix', replayed, body), refused('signature_mismatch'))
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = standard('msg_4', body)
  assert.deepEqual(await send('svix', { 'svix-id': id, 'svix-timestamp': at, 'svix-signature': signature }, body), TAKEN)
})

test('GitHub and Shopify: what nobody signs neither names an event nor makes it new', async () => {
  const body = JSON.stringify({ action: 'opened', number: 1 })
  const of = { 'x-github-event': 'pull_request', 'x-github-delivery': 'd-1', authorization: 'Bearer x', cookie: 'a=b', 'x-other': 'x' }
  assert.deepEqual(await send('git-hub', github(body, of), body), TAKEN)
  for (const more of [of, { ...of, 'x-github-delivery': 'd-2' }, { ...of, 'x-github-event': 'push' }, {}]) {
    assert.deepEqual(await send('git-hub', github(body, more), body), AGAIN)
  }
  const topic = { 'x-shopify-topic': 'orders/paid', 'x-shopify-webhook-id': 'w-1', 'x-shopify-shop-domain': 'a.myshopify.com' }
  assert.deepEqual(await send('shopify', shopify(body, topic), body), TAKEN)
  for (const more of [topic, { ...topic, 'x-shopify-webhook-id': 'w-2' }, { ...topic, 'x-shopify-topic': 'orders/refunded' }]) {
    assert.deepEqual(await send('shopify', shopify(body, more), body), AGAIN)
  }
  assert.deepEqual(await send('git-hub', github(`${body} `), body), refused('signature_mismatch'))
  const seen = await until('both are handed on', () => {
    const both = origin.seen.filter(({ path }) => path === '/labels')
    return both.length >= 2 && both
  })
  assert.equal(seen.length, 2)
  const names = new Map(seen.map(({ headers }) => [headers['farthing-source'], headers]))
  const [ours, theirs] = [names.get('git-hub'), names.get('shopify')]
  const digest = createHash('sha256').update(body).digest('hex')
  assert.deepEqual([ours['webhook-id'], ours['x-github-event'], ours['x-github-delivery']], [digest, 'pull_request', 'd-1'])
  assert.equal(theirs['x-shopify-topic'], 'orders/paid')
  for (const absent of ['authorization', 'cookie', 'x-other']) assert.equal(ours[absent], undefined, absent)
})

test('Slack: its question is answered, its events are stored once, and both only when signed', async () => {
  const question = JSON.stringify({ token: 'x', challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P', type: 'url_verification' })
  const ask = (headers) => fetch(`${worker.url}/in/slack`, { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body: question })
  const answer = await ask(slack(question))
  assert.deepEqual([answer.status, await answer.text()], [200, JSON.parse(question).challenge])
  assert.match(answer.headers.get('content-type'), /^text\/plain/)
  assert.equal((await ask({ ...slack(question), 'x-slack-signature': `v0=${'0'.repeat(64)}` })).status, 400)
  const body = JSON.stringify({ type: 'event_callback', event_id: 'Ev1', event_time: 1_795_000_000, event: { type: 'app_mention' } })
  assert.deepEqual(await send('slack', slack(body), body), TAKEN)
  assert.deepEqual(await send('slack', slack(body, seconds(-100)), body), AGAIN)
  assert.deepEqual(await send('slack', slack(body, seconds(-330)), body), refused('timestamp_too_old'))
  const nameless = JSON.stringify({ type: 'event_callback', event: { type: 'x' } })
  assert.deepEqual(await send('slack', slack(nameless), nameless), refused('event_field_missing'))
})

test('each refusal has its reason and shows nothing', async () => {
  const payload = event('evt_refused')
  const now = seconds()
  const table = [
    [signed(payload, 'whsec_wrong'), payload, 'signature_mismatch'],
    [signed(payload, OTHER_SECRET), payload, 'signature_mismatch'], // Right for another source.
    [signed(payload), `${payload}\n`, 'signature_mismatch'],
    [signed(payload, STRIPE_SECRET, now - 310), payload, 'timestamp_too_old'],
    [signed(payload, STRIPE_SECRET, now + 330), payload, 'timestamp_too_new'],
    ['', payload, 'empty_header'],
    [`t=${now}`, payload, 'no_signature'],
    ['v1=00', payload, 'no_timestamp'],
    [`t=${now},t=${now},v1=00`, payload, 'duplicate_timestamp'],
  ]
  for (const [header, body, code] of table) {
    assert.deepEqual(await send('shop', { 'stripe-signature': header }, body), refused(code))
  }
  assert.deepEqual(await send('other', stripeHeader(payload), payload), refused('signature_mismatch'))
  assert.deepEqual(await send('nobody', stripeHeader(payload), payload), refused('unknown_source', 404))
  assert.equal((await fetch(`${worker.url}/in/shop`)).status, 405)
  // None of it was stored: the event is still new.
  assert.deepEqual(await send('shop', stripeHeader(payload), payload), TAKEN)
})

test('a signed body that is no event is refused, whatever bytes it has', async () => {
  const table = [
    ['', 'event_not_json'],
    ['1', 'event_not_json'],
    ['{', 'event_not_json'],
    ['[]', 'event_not_json'],
    ['not json', 'event_not_json'],
    ['{}', 'event_field_missing'],
    ['{"id":"a","id":"b"}', 'event_field_duplicate'],
    [`\u{feff}${event('evt_bom')}`, 'event_not_json'],
    [Buffer.concat([Buffer.from('{"id":"evt_utf8","x":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]), 'event_not_json'],
    [event('evt\u0000'), 'event_field_malformed'],
    [event('evt 1'), 'event_field_malformed'],
    [event('..'), 'event_field_malformed'], // No path can hold it, so nobody could try it again.
    [event('e'.repeat(256)), 'event_field_malformed'],
    [event('').replace('"id": ""', '"id": null'), 'event_field_missing'],
    ['['.repeat(100_000), 'event_not_json'],
    [`{"a":${'['.repeat(100_000)}`, 'event_too_deep'],
  ]
  for (const [body, code] of table) {
    const bytes = Buffer.from(body)
    assert.deepEqual(await send('shop', stripeHeader(bytes), bytes), refused(code), String(bytes.subarray(0, 40)))
  }
})

test("Stripe's thin events are events", async () => {
  const body = JSON.stringify({
    id: 'evt_thin', object: 'v2.core.event', type: 'v1.billing.meter.no_meter_found', created: '2024-09-17T06:20:52.246Z',
    related_object: { id: 'mtr_1', type: 'billing.meter', url: '/v1/billing/meters/mtr_1' },
  })
  assert.deepEqual(await send('shop', stripeHeader(body), body), TAKEN)
  assert.deepEqual(await send('shop', stripeHeader(body), body), AGAIN)
})

test('only what says that it is JSON, or says nothing', async () => {
  for (const [type, status] of [
    ['application/json', 200], ['application/json; charset=utf-8', 200], ['APPLICATION/JSON', 200], ['application/cloudevents+json', 200],
    ['text/plain', 415], ['application/x-www-form-urlencoded', 415], ['multipart/form-data; boundary=application/json', 415],
    ['application/json, text/html', 415], ['text/html', 415], ['application/xml', 415], ['json', 415],
  ]) {
    const body = event('evt_type')
    const answer = await send('shop', { ...stripeHeader(body), 'content-type': type }, body)
    assert.deepEqual([answer.status, answer.code], [status, status === 415 ? 'unsupported_media_type' : undefined], type)
  }
  const body = Buffer.from(event('evt_typeless')) // Bytes have no type of their own.
  const answer = await fetch(`${worker.url}/in/shop`, { method: 'POST', headers: stripeHeader(body), body })
  assert.equal(answer.status, 200)
})

/** Posts without saying how long the body is. */
function chunked(url, headers, body) {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: 'POST', headers: { ...JSON_TYPE, ...headers, 'transfer-encoding': 'chunked' } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
    request.on('error', reject)
    request.end(body)
  })
}

test('a body of the limit is taken, one byte more is 413, announced or not', async (t) => {
  const at = async (url, limit) => {
    const fits = event(`evt_large_${limit}`).padEnd(limit)
    assert.deepEqual(await send('shop', stripeHeader(fits), fits, url), TAKEN)
    assert.equal(await chunked(`${url}/in/shop`, stripeHeader(fits), fits), 200)
    const over = `${fits} `
    assert.deepEqual(await send('shop', stripeHeader(over), over, url), refused('body_too_large', 413))
    assert.equal(await chunked(`${url}/in/shop`, stripeHeader(over), over), 413)
  }
  await at(worker.url, 1 << 20)
  for (const limit of [1_900_000, 512]) {
    const other = await start({ bindings: settings({}, { BODY_MAX_BYTES: String(limit) }) })
    t.after(other.stop)
    await at(other.url, limit)
  }
})

test('stripe-wire 6.1: where the official kits differ, the strict side', async (t) => {
  const now = 1_795_000_000
  const clock = `
    import Worker from './index.js'
    export * from './index.js'
    const Real = Date
    globalThis.Date = class extends Real {
      constructor(...given) { given.length > 0 ? super(...given) : super(${now} * 1000) }
      static now() { return ${now} * 1000 }
    }
    export default Worker
  `
  const still = await start({ bindings: settings(), wrap: clock })
  t.after(still.stop)
  const v1 = (body, at) => hmac(STRIPE_SECRET, `${at}.`, body).digest('hex')
  const zeros = '0'.repeat(64)
  const table = [
    ['v1 before t', (v) => `v1=${v(now)},t=${now}`, TAKEN],
    ['several v1 with one good', (v) => `t=${now},v1=${zeros},v1=${v(now)}`, TAKEN],
    ['an unknown version beside it', (v) => `t=${now},v2=x,v1=${v(now)},v0=${zeros}`, TAKEN],
    ['a space after the comma', (v) => `t=${now}, v1=${v(now)}`, refused('no_signature')],
    ['upper-case hexadecimal', (v) => `t=${now},v1=${v(now).toUpperCase()}`, refused('no_signature')],
    ['only v0', (v) => `t=${now},v0=${v(now)}`, refused('no_signature')],
    ['an empty v1, then a good one', (v) => `t=${now},v1=,v1=${v(now)}`, TAKEN],
    ['the future, by the window', (v) => `t=${now + 300},v1=${v(now + 300)}`, TAKEN],
    ['the future, by more', (v) => `t=${now + 301},v1=${v(now + 301)}`, refused('timestamp_too_new')],
    ['300 s old', (v) => `t=${now - 300},v1=${v(now - 300)}`, TAKEN],
    ['301 s old', (v) => `t=${now - 301},v1=${v(now - 301)}`, refused('timestamp_too_old')],
    ['two times, the last good', (v) => `t=${now - 999},t=${now},v1=${v(now)}`, refused('duplicate_timestamp')],
    ['two times, the first good', (v) => `t=${now},t=${now - 999},v1=${v(now)}`, refused('duplicate_timestamp')],
    ['two headers, joined', (v) => `t=${now},v1=${v(now)}, t=${now},v1=${v(now)}`, refused('duplicate_timestamp')],
    ['leading zeros, the number signed', (v) => `t=0${now},v1=${v(now)}`, TAKEN],
    ['letters after the number', (v) => `t=${now}abc,v1=${v(now)}`, refused('malformed_timestamp')],
    ['a sign', (v) => `t=+${now},v1=${v(now)}`, refused('malformed_timestamp')],
    ['no time', (v) => `v1=${v(now)}`, refused('no_timestamp')],
    ['nothing', () => '', refused('empty_header')],
  ]
  for (const [index, [name, header, expected]] of table.entries()) {
    const body = event(`evt_wire_${index}`)
    assert.deepEqual(await send('shop', { 'stripe-signature': header((at) => v1(body, at)) }, body, still.url), expected, name)
  }
})

test('10,000 random headers: none is accepted, none breaks anything', { timeout: 300_000 }, async (t) => {
  const next = random(20_261_121)
  const pick = (list) => list[Math.floor(next() * list.length)]
  const hex = (length) => Array.from({ length }, () => pick('0123456789abcdef')).join('')
  const noise = () => Array.from({ length: Math.floor(next() * 80) }, () => String.fromCharCode(32 + Math.floor(next() * 95))).join('').trim()
  const item = () =>
    pick([
      () => `t=${seconds(Math.floor(next() * 20) - 10)}`, () => `t=${noise()}`, () => `v1=${hex(64)}`, () => `v1=${hex(Math.floor(next() * 130))}`,
      () => `v0=${hex(64)}`, () => `v1,${Buffer.from(hex(64), 'hex').toString('base64')}`, () => '', () => noise(), () => 'v1=', () => 't=',
    ])()
  const items = (separator) => Array.from({ length: 1 + Math.floor(next() * 6) }, item).join(separator)
  const body = event('evt_random')
  const flipped = () => {
    const { 'stripe-signature': good } = stripeHeader(body)
    const at = good.indexOf('v1=') + 3 + Math.floor(next() * 64)
    return good.slice(0, at) + pick([...'0123456789abcdef'].filter((digit) => digit !== good[at])) + good.slice(at + 1)
  }
  const requests = [
    () => ['shop', { 'stripe-signature': items(',') }],
    () => ['shop', { 'stripe-signature': flipped() }],
    () => ['shop', { 'stripe-signature': noise() }],
    () => ['svix', { 'webhook-id': pick(['msg_r', noise()]), 'webhook-timestamp': pick([String(seconds()), noise()]), 'webhook-signature': items(' ') }],
    () => ['git-hub', { 'x-hub-signature-256': pick([`sha256=${hex(64)}`, noise(), `sha256=${noise()}`]) }],
    () => ['shopify', { 'x-shopify-hmac-sha256': pick([Buffer.from(hex(64), 'hex').toString('base64'), noise()]) }],
    () => ['slack', { 'x-slack-request-timestamp': pick([String(seconds()), noise()]), 'x-slack-signature': pick([`v0=${hex(64)}`, noise()]) }],
  ]
  const codes = new Map()
  let left = 10_000
  const sender = async () => {
    while (left-- > 0) {
      const [source, headers] = pick(requests)()
      const { status, code } = await send(source, headers, body)
      assert.equal(status, 400, `${source} ${JSON.stringify(headers)}`)
      codes.set(code, (codes.get(code) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: 16 }, sender))
  t.diagnostic(JSON.stringify(Object.fromEntries(codes)))
  assert.ok(codes.size >= 6, 'the headers were of many kinds')
  assert.deepEqual(await send('shop', stripeHeader(body), body), TAKEN)
})

test('10,000 headers in one request are no reason to fail', async () => {
  const body = event('evt_many_headers')
  const headers = { ...stripeHeader(body), ...Object.fromEntries(Array.from({ length: 10_000 }, (_, nth) => [`x-${nth}`, 'y'])) }
  const answer = await fetch(`${worker.url}/in/shop`, { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body }).catch(() => undefined)
  assert.ok([undefined, 200, 400, 431].includes(answer?.status), `status ${answer?.status}`)
  const after = event('evt_after_many_headers')
  assert.deepEqual(await send('shop', stripeHeader(after), after), TAKEN)
})

test('a replay within the window is known for what it is, also after it was signed anew', async () => {
  const body = event('evt_replayed')
  const header = stripeHeader(body)
  assert.deepEqual(await send('shop', header, body), TAKEN)
  assert.deepEqual(await send('shop', header, body), AGAIN)
  assert.deepEqual(await send('shop', stripeHeader(body, OLD_SECRET, seconds(-60)), body), AGAIN)
  assert.deepEqual(await send('shop', stripeHeader(body, STRIPE_SECRET, seconds(-310)), body), refused('timestamp_too_old'))
})

test('200 copies at once are stored once and handed on once', { timeout: 60_000 }, async () => {
  const payload = event('evt_copies')
  const answers = await Promise.all(Array.from({ length: 200 }, () => post(worker.url, payload).then((a) => a.json())))
  assert.equal(answers.filter((answer) => answer.received).length, 200)
  assert.equal(answers.filter((answer) => !answer.duplicate).length, 1)
  const copies = () => origin.seen.filter((one) => one.body.includes('evt_copies')).length
  await until('it is handed on', copies)
  await new Promise((resolve) => setTimeout(resolve, 300)) // A second copy would come by now.
  assert.equal(copies(), 1)
})

test('when the inbox cannot store it, the sender is told to come again', async (t) => {
  const wrap = `
    import Worker, { Inbox as Real } from './index.js'
    export default Worker
    export class Inbox extends Real {
      fetch() { throw new Error('disk full of secrets') }
    }
  `
  const broken = await start({ bindings: settings(), wrap })
  t.after(broken.stop)
  const answer = await post(broken.url, event('evt_unstored'))
  const text = await answer.text()
  assert.equal(answer.status, 503)
  assert.equal(answer.headers.get('retry-after'), '2')
  assert.equal(JSON.parse(text).error.code, 'storage_unavailable')
  assert.doesNotMatch(text, /secret|disk/)
})

test('one inbox that does not answer hides no other', async (t) => {
  const wrap = `
    import Worker, { Inbox as Real } from './index.js'
    export default Worker
    export class Inbox extends Real {
      async fetch(request) {
        if (request.url.endsWith('/accept')) this.broken ||= (await request.clone().text()).includes('evt_break')
        if (this.broken) throw new Error('broken')
        return super.fetch(request)
      }
    }
  `
  const sources = { shop: { scheme: 'stripe' }, other: { scheme: 'stripe' } }
  const more = { SOURCES: JSON.stringify(sources), SECRET_OTHER: STRIPE_SECRET, SHARDS: '1' }
  const half = await start({ bindings: settings({}, more), wrap })
  t.after(half.stop)
  assert.equal((await post(half.url, event('evt_well'))).status, 200)
  assert.equal((await post(half.url, event('evt_break'), { source: 'other' })).status, 503)
  assert.equal((await counts(half.url)).accepted, 1)
  assert.deepEqual(await counts(half.url, 'other'), { hand_on: 'pull', error: 'storage_unavailable' })
})

test('only signatures that fail are told of, not what is too large, of another type or no event', async (t) => {
  const alert = await serve(() => ({ status: 200 }))
  t.after(alert.stop)
  const more = { ALERT_URL: alert.url, ALERT_SECRET: FORWARD_SECRET, ALERT_FAILURES_PER_MINUTE: '3', BODY_MAX_BYTES: '2000' }
  const watched = await start({ bindings: settings({}, more) })
  t.after(watched.stop)
  const [body, long] = [event('evt_x'), event('evt_x').padEnd(2001)]
  for (let nth = 0; nth < 4; nth++) {
    await send('shop', { ...stripeHeader(body), 'content-type': 'text/plain' }, body, watched.url)
    await send('shop', stripeHeader(long), long, watched.url)
    await send('shop', stripeHeader('{}'), '{}', watched.url)
  }
  const { rejected } = await counts(watched.url)
  assert.deepEqual(rejected, { body_too_large: 4, event_field_missing: 4, unsupported_media_type: 4 })
  await new Promise((resolve) => setTimeout(resolve, 500)) // It would be told of by now.
  assert.equal(alert.seen.length, 0)
  for (let nth = 0; nth < 8; nth++) await send('shop', stripeHeader(body, 'whsec_wrong'), body, watched.url)
  await ask(watched.url, '/status')
  await until('somebody is told', () => alert.seen.length > 0)
  const { type, source, count } = JSON.parse(alert.seen[0].body)
  assert.deepEqual([type, source], ['inbox.signatures_failing', 'shop'])
  assert.ok(count > 3 && count <= 8, `${count}`)
})
