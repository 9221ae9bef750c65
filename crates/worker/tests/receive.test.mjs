// Taking webhooks in: who is believed, what is stored once, what is refused and how.

import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { after, before, test } from 'node:test'

import { Webhook } from 'standardwebhooks'

import { start } from '../runtime.mjs'
import { STRIPE_SECRET, ask, counts, event, post, serve, settings, signed, until } from './helpers.mjs'

const STANDARD_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const OLD_SECRET = 'whsec_old_4Zk0nZQ3vX7pYhT2cR9s'
let worker
let origin

before(async () => {
  origin = await serve(() => ({ status: 200 }))
  const sources = {
    shop: { scheme: 'stripe', forward: `${origin.url}/hook` },
    svix: { scheme: 'standard' },
  }
  worker = await start({
    bindings: settings({}, {
      SOURCES: JSON.stringify(sources),
      SECRET_SHOP: `${STRIPE_SECRET}, ${OLD_SECRET}`,
      SECRET_SVIX: STANDARD_SECRET,
    }),
  })
})
after(async () => {
  await worker.stop()
  await origin.stop()
})

test("Stripe's own package signs, with the new and the old secret", async () => {
  for (const [id, secret] of [['evt_new', STRIPE_SECRET], ['evt_old', OLD_SECRET]]) {
    const payload = event(id)
    const answer = await post(worker.url, payload, { header: signed(payload, secret) })
    assert.equal(answer.status, 200)
    assert.deepEqual(await answer.json(), { received: true, duplicate: false })
  }
})

test('standardwebhooks signs; the identity is the signed header', async () => {
  const body = '{"any":"thing"}'
  const send = (id, at = new Date()) =>
    fetch(`${worker.url}/in/svix`, {
      method: 'POST',
      headers: {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at / 1000)),
        'webhook-signature': new Webhook(STANDARD_SECRET).sign(id, at, body),
      },
      body,
    }).then((answer) => answer.json())
  assert.deepEqual(await send('msg_1'), { received: true, duplicate: false })
  assert.deepEqual(await send('msg_1', new Date(Date.now() - 60_000)), { received: true, duplicate: true })
  assert.deepEqual(await send('msg_2'), { received: true, duplicate: false })
  const { rows } = await ask(worker.url, '/inbox/svix')
  assert.deepEqual(rows.map((row) => [row.id, row.body, row.state]), [['msg_1', body, 'stored'], ['msg_2', body, 'stored']])
})

test('each refusal has its reason and shows nothing', async () => {
  const payload = event('evt_refused')
  const now = Math.floor(Date.now() / 1000)
  const table = [
    [signed(payload, 'whsec_wrong'), payload, 'signature_mismatch'],
    [signed(payload), `${payload}\n`, 'signature_mismatch'],
    [signed(payload, STRIPE_SECRET, now - 301), payload, 'timestamp_too_old'],
    [signed(payload, STRIPE_SECRET, now + 330), payload, 'timestamp_too_new'],
    ['', payload, 'empty_header'],
    [`t=${now}`, payload, 'no_signature'],
    ['v1=00', payload, 'no_timestamp'],
    [`t=${now},t=${now},v1=00`, payload, 'duplicate_timestamp'],
  ]
  for (const [header, body, code] of table) {
    const answer = await post(worker.url, body, { header })
    const text = await answer.text()
    assert.equal(answer.status, 400, text)
    assert.equal(JSON.parse(text).error.code, code)
    assert.doesNotMatch(text, /whsec_|at .*\.rs|panicked/)
  }
  for (const body of ['{}', '[]', 'not json', '{"id":"a","id":"b"}', '']) {
    assert.equal((await post(worker.url, body)).status, 400, body)
  }
  assert.equal((await post(worker.url, payload, { source: 'nobody' })).status, 404)
})

test('a body of 1 MiB is taken, one byte more is 413, announced or not', async () => {
  const fits = event('evt_large').padEnd(1 << 20)
  assert.equal((await post(worker.url, fits)).status, 200)
  const over = `${fits} `
  const refused = await post(worker.url, over)
  assert.equal(refused.status, 413)
  assert.equal((await refused.json()).error.code, 'body_too_large')
  const chunked = await new Promise((resolve, reject) => {
    const headers = { 'stripe-signature': signed(over), 'transfer-encoding': 'chunked' }
    const request = httpRequest(`${worker.url}/in/shop`, { method: 'POST', headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
    request.on('error', reject)
    request.end(over)
  })
  assert.equal(chunked, 413)
})

test('200 copies at once are stored once and forwarded once', { timeout: 60_000 }, async () => {
  const before = await counts(worker.url)
  const payload = event('evt_copies')
  const answers = await Promise.all(Array.from({ length: 200 }, () => post(worker.url, payload).then((a) => a.json())))
  assert.equal(answers.filter((answer) => answer.received).length, 200)
  assert.equal(answers.filter((answer) => !answer.duplicate).length, 1)
  const now = await until('it is forwarded', async () => {
    const all = await counts(worker.url)
    return all.waiting === 0 && all
  })
  assert.equal(now.accepted - before.accepted, 1)
  assert.equal(now.duplicates - before.duplicates, 199)
  await new Promise((resolve) => setTimeout(resolve, 300)) // A second forward would come by now.
  assert.equal(origin.seen.filter((one) => one.body.includes('evt_copies')).length, 1)
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
