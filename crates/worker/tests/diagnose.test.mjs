// What is wrong with a webhook, for whoever has the status token and for nobody else.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { start } from '../runtime.mjs'
import { STATUS_TOKEN, STRIPE_SECRET, event, settings, signed } from './helpers.mjs'

let worker
before(async () => {
  worker = await start({ bindings: settings({}, { SECRET_SHOP: `whsec_unshown9 now = ${STRIPE_SECRET}` }) })
})
after(() => worker.stop())

async function diagnose(headers, body, { token = STATUS_TOKEN, source = 'shop' } = {}) {
  const answer = await fetch(`${worker.url}/diagnose/${source}`, {
    method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers }, body,
  })
  const text = await answer.text()
  assert.ok(!text.includes(STRIPE_SECRET.slice(6)) && !text.includes('unshown9'), text)
  return { status: answer.status, ...JSON.parse(text) }
}

test('what would be accepted is said to be, and is not stored', async () => {
  const body = event('evt_diagnosed')
  const { accepted, secret, id, type, error, findings } = await diagnose({ 'stripe-signature': signed(body) }, body)
  assert.deepEqual({ accepted, secret, id, type, error, findings }, {
    accepted: true, secret: { position: 2, label: 'now' }, id: 'evt_diagnosed', type: 'payment_intent.succeeded', error: null, findings: [],
  })
  const sent = await fetch(`${worker.url}/in/shop`, {
    method: 'POST', headers: { 'content-type': 'application/json', 'stripe-signature': signed(body) }, body,
  })
  assert.deepEqual(await sent.json(), { received: true, duplicate: false })
})

test('what is probably wrong', async () => {
  const body = event('evt_wrong')
  const compact = JSON.stringify(JSON.parse(body))
  const now = Math.floor(Date.now() / 1000)
  for (const [headers, sent, error, finding] of [
    [{ 'stripe-signature': signed(body) }, compact, 'signature_mismatch', 'body_reserialized'],
    [{ 'stripe-signature': signed(body, 'whsec_another') }, body, 'signature_mismatch', 'secret_or_body'],
    [{ 'stripe-signature': signed(body, STRIPE_SECRET.slice(6)) }, body, 'signature_mismatch', 'secret_other_scheme'],
    [{ 'stripe-signature': signed(body, STRIPE_SECRET, now - 4000) }, body, 'timestamp_too_old', 'clock_old'],
    [{}, body, 'empty_header', 'header_empty'],
    [{ 'webhook-signature': 'v1,x' }, body, 'empty_header', 'header_other_scheme'],
    [{ 'stripe-signature': signed(body), 'content-type': 'text/plain' }, body, 'unsupported_media_type', 'unsupported_media_type'],
  ]) {
    const answer = await diagnose(headers, sent)
    assert.deepEqual([answer.status, answer.accepted, answer.error.code, answer.findings[0]?.code], [200, false, error, finding], JSON.stringify(answer))
  }
  const hollow = '{}'
  const answer = await diagnose({ 'stripe-signature': signed(hollow) }, hollow)
  assert.deepEqual([answer.accepted, answer.error.code, answer.findings], [false, 'event_field_missing', []])
})

test('nobody without the token, and no other source', async () => {
  const body = event('evt_locked')
  const headers = { 'stripe-signature': signed(body) }
  for (const token of ['', 'x', STATUS_TOKEN.slice(1), `${STATUS_TOKEN}x`]) {
    const { status, error } = await diagnose(headers, body, { token })
    assert.deepEqual([status, error.code], [401, 'unauthorized'])
  }
  assert.equal((await diagnose(headers, body, { source: 'nobody' })).status, 404)
})
