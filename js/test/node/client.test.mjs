// The client: what it sends, what it sends again, and what it makes of the answers.
import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { beforeEach, describe, test } from 'node:test'
import { createClient, FarthingError } from '@farthing/sdk/client'

const KEY = 'sk_test_never_printed'
const INTENT = { id: 'pi_1', object: 'payment_intent', amount: 1000, metadata: {} }

let sent
let script
let client

/** Answers the script's lines in order: a status, or `[status, body, headers]`, or an error to throw. */
const send = async (url, init) => {
  sent.push({ url, ...init, headers: new Headers(init.headers) })
  const next = script.shift() ?? 200
  if (next instanceof Error) throw next
  if (next === 'hang') {
    return new Promise((_, reject) => {
      const alive = setInterval(() => {}, 1000)
      init.signal.addEventListener('abort', () => {
        clearInterval(alive)
        reject(init.signal.reason)
      })
    })
  }
  const [status, body = INTENT, headers = {}] = Array.isArray(next) ? next : [next]
  return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers })
}

beforeEach(() => {
  sent = []
  script = []
  client = createClient(KEY, { apiBase: 'https://pay.test/', fetch: send })
})

const keys = () => sent.map(({ headers }) => headers.get('idempotency-key'))
const intents = () => client.paymentIntents
const refused = (status, error) => [status, { error }]

test('a call is a form under a key of its own', async () => {
  await intents().create({
    amount: 9007199254740993n,
    currency: 'usd',
    metadata: { order: '7', 'a&b': 'ü' },
    expand: ['customer', 'latest_charge'],
    automatic_payment_methods: { enabled: true },
    description: null,
    nothing: undefined,
  })
  const [{ url, method, headers, body, redirect }] = sent
  assert.deepEqual(
    [method, url, redirect],
    ['POST', 'https://pay.test/v1/payment_intents', 'manual'],
  )
  assert.equal(headers.get('authorization'), `Bearer ${KEY}`)
  assert.match(headers.get('idempotency-key'), /^[\da-f-]{36}$/)
  assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), {
    amount: '9007199254740993',
    currency: 'usd',
    'metadata[order]': '7',
    'metadata[a&b]': 'ü',
    'expand[0]': 'customer',
    'expand[1]': 'latest_charge',
    'automatic_payment_methods[enabled]': 'true',
    description: '',
  })
  await intents().create({ amount: 1n, currency: 'usd' })
  assert.equal(new Set(keys()).size, 2)
})

test('every method has its path', async () => {
  const list = [200, { object: 'list', data: [], has_more: false }]
  script = [200, 200, 200, 200, 200, list, 200, 200, list, 200, list, 200]
  await intents().retrieve('pi_1')
  await intents().update('pi_1', { amount: 5n })
  await intents().confirm('pi_1')
  await intents().capture('pi_1', { amount_to_capture: 4n })
  await intents().cancel('pi_1')
  await intents().list({ limit: 3 })
  await client.refunds.create({ payment_intent: 'pi_1' })
  await client.refunds.retrieve('re_1')
  await client.refunds.list()
  await client.events.retrieve('evt_1')
  await client.events.list()
  await client.idempotency.retrieve('a/b')
  assert.deepEqual(
    sent.map(({ method, url }) => `${method} ${url.slice('https://pay.test/v1/'.length)}`),
    [
      'GET payment_intents/pi_1',
      'POST payment_intents/pi_1',
      'POST payment_intents/pi_1/confirm',
      'POST payment_intents/pi_1/capture',
      'POST payment_intents/pi_1/cancel',
      'GET payment_intents?limit=3',
      'POST refunds',
      'GET refunds/re_1',
      'GET refunds',
      'GET events/evt_1',
      'GET events',
      'GET farthing/idempotency/a%2Fb',
    ],
  )
  for (const { method, headers } of sent) {
    assert.equal(headers.has('idempotency-key'), method === 'POST')
  }
})

describe('trying again', () => {
  for (const [name, first] of [
    ['a connection that breaks', new TypeError('fetch failed')],
    ['409', 409],
    ['500', 500],
    ['503', 503],
    ['400 with Stripe-Should-Retry', [400, INTENT, { 'Stripe-Should-Retry': 'true' }]],
  ]) {
    test(`${name}: the same call under the same key`, async () => {
      script = [first]
      assert.equal((await intents().create({ amount: 1000n, currency: 'usd' })).id, 'pi_1')
      assert.equal(sent.length, 2)
      assert.equal(new Set(keys()).size, 1)
      assert.equal(new Set(sent.map(({ body }) => body)).size, 1)
    })
  }

  for (const [name, first, code] of [
    ['400', 400, 'request_refused'],
    ['402', 402, 'card_declined'],
    ['429', 429, 'rate_limited'],
    [
      '500 with Stripe-Should-Retry: false',
      [500, {}, { 'Stripe-Should-Retry': 'false' }],
      'outcome_unknown',
    ],
    ['a redirect', 302, 'outcome_unknown'],
  ]) {
    test(`not after ${name}`, async () => {
      script = [first]
      await assert.rejects(intents().create({ amount: 1000n, currency: 'usd' }), { code })
      assert.equal(sent.length, 1)
    })
  }

  test('it ends, and says under which key it is safe to go on', async () => {
    script = [500, new TypeError('fetch failed'), 503, 200]
    const failed = await intents()
      .create({ amount: 1000n, currency: 'usd' })
      .catch((error) => error)
    assert.equal(failed.code, 'outcome_unknown')
    assert.deepEqual(keys(), Array(3).fill(failed.idempotencyKey))
    const { idempotencyKey } = failed
    await intents().create({ amount: 1000n, currency: 'usd' }, { idempotencyKey })
    assert.equal(new Set(keys()).size, 1)
  })

  test('retriesMax: 0 is zero', async () => {
    script = [500]
    const code = 'outcome_unknown'
    await assert.rejects(intents().create({ amount: 1n, currency: 'usd' }, { retriesMax: 0 }), {
      code,
    })
    script = [500, 500]
    await assert.rejects(intents().retrieve('pi_1', {}, { retriesMax: 0 }), {
      code: 'service_failed',
    })
    assert.equal(sent.length, 2)
  })
})

describe('a POST whose first try may have acted', () => {
  const lost = new TypeError('fetch failed')
  const refund = () => client.refunds.create({ payment_intent: 'pi_1' })
  for (const status of [400, 401, 403, 404, 429]) {
    test(`is not told as ${status}`, async () => {
      for (const first of [lost, 409, 500]) {
        script = [first, [status, {}, { 'Request-Id': 'req_2' }]]
        const failed = await refund().catch((error) => error)
        assert.equal(failed.code, 'outcome_unknown')
        assert.deepEqual([failed.wire.status, failed.wire.requestId], [status, 'req_2'])
        assert.equal(failed.idempotencyKey, keys().at(-1))
      }
    })
  }

  for (const [name, last, code] of [
    ['402', 402, 'card_declined'],
    ['a replayed answer', [400, {}, { 'Idempotent-Replayed': 'true' }], 'request_refused'],
    ['a key of another request', refused(400, { type: 'idempotency_error' }), 'key_reused'],
  ]) {
    test(`but ${name} is the key’s own answer`, async () => {
      script = [lost, last]
      await assert.rejects(refund(), { code })
    })
  }

  test('and a GET acts on nothing', async () => {
    script = [lost, 404]
    await assert.rejects(intents().retrieve('pi_1'), { code: 'request_refused' })
  })

  test('and 429 twice was refused twice', async () => {
    const again = { 'Stripe-Should-Retry': 'true' }
    script = [
      [429, {}, again],
      [429, {}, { 'Stripe-Should-Retry': 'false' }],
    ]
    await assert.rejects(refund(), { code: 'rate_limited' })
    assert.equal(sent.length, 2)
  })
})

describe('giving up', () => {
  test('a slow answer', async () => {
    script = ['hang', 'hang']
    const how = { timeoutMs: 20, retriesMax: 0 }
    await assert.rejects(intents().retrieve('pi_1', {}, how), { code: 'timed_out' })
    const code = 'outcome_unknown'
    await assert.rejects(intents().cancel('pi_1', {}, how), (error) => {
      return error.code === code && error.idempotencyKey === keys()[1]
    })
  })

  test('on the caller’s word: before, during and between the tries', async () => {
    const code = 'aborted'
    const { signal: over } = { signal: AbortSignal.abort() }
    await assert.rejects(intents().retrieve('pi_1', {}, { signal: over }), { code })
    script = ['hang']
    const during = AbortSignal.timeout(20)
    await assert.rejects(intents().retrieve('pi_1', {}, { signal: during }), { code })
    script = [503, 503]
    const between = AbortSignal.timeout(100)
    const before = sent.length
    await assert.rejects(intents().retrieve('pi_1', {}, { signal: between }), { code })
    assert.equal(sent.length, before + 1)
  })
})

describe('errors', () => {
  test('carry the wire’s own words', async () => {
    script = [
      [
        402,
        {
          error: {
            type: 'card_error',
            code: 'card_declined',
            decline_code: 'insufficient_funds',
            param: 'payment_method',
            message: 'Your card has insufficient funds.',
          },
        },
        { 'Request-Id': 'req_1' },
      ],
    ]
    await assert.rejects(intents().confirm('pi_1'), (error) => {
      assert.ok(error instanceof FarthingError)
      assert.equal(error.message, 'Your card has insufficient funds.')
      assert.deepEqual(error.wire, {
        status: 402,
        type: 'card_error',
        code: 'card_declined',
        param: 'payment_method',
        declineCode: 'insufficient_funds',
        requestId: 'req_1',
      })
      return error.code === 'card_declined'
    })
  })

  test('have a code for each kind of refusal', async () => {
    for (const [answer, code] of [
      [401, 'unauthorized'],
      [403, 'unauthorized'],
      [404, 'request_refused'],
      [refused(400, { type: 'idempotency_error' }), 'key_reused'],
      [[404, '<html>a proxy’s page'], 'request_refused'],
      [[200, '<html>'], 'answer_unreadable'],
    ]) {
      script = [answer]
      await assert.rejects(intents().retrieve('pi_1'), { code })
    }
  })

  test('never show the secret key', async () => {
    script = [401, new TypeError('fetch failed'), [200, 'junk']]
    for (const how of [{}, { retriesMax: 0 }, {}]) {
      const error = await intents()
        .create({ amount: 1n, currency: 'usd' }, how)
        .catch((thrown) => thrown)
      assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /never_printed/)
    }
    assert.doesNotMatch(inspect(client, { depth: 9, showHidden: true }), /never_printed/)
    for (const wrong of ['pk_test_never_printed', 'never_printed', '', undefined]) {
      assert.throws(
        () => createClient(wrong, { apiBase: 'https://pay.test' }),
        (error) => error.code === 'bad_option' && !/never_printed/.test(error.message),
      )
    }
  })
})

describe('amounts', () => {
  const answered = async (text) => {
    script = [[200, text]]
    return intents().retrieve('pi_1')
  }

  test('are bigint, at any depth, and nothing else is', async () => {
    const intent = await answered(
      '{"amount":1000,"amount_received":0,"application_fee_amount":7,"created":1700000000,' +
        '"amount_details":{"tip":{"amount":5}},"metadata":{"amount":"12"},"list":[{"amount":3}]}',
    )
    assert.deepEqual(intent, {
      amount: 1000n,
      amount_received: 0n,
      application_fee_amount: 7n,
      created: 1_700_000_000,
      amount_details: { tip: { amount: 5n } },
      metadata: { amount: '12' },
      list: [{ amount: 3n }],
    })
  })

  test('are exact past 2^53', async () => {
    for (const digits of [
      '9007199254740993',
      '-9007199254740993',
      '123456789012345678901234567890',
    ]) {
      const { amount, description } = await answered(
        `{"amount":${digits},"description":"say \\"9007199254740993\\", [9007199254740993, :1"}`,
      )
      assert.equal(amount, BigInt(digits))
      assert.equal(description, 'say "9007199254740993", [9007199254740993, :1')
    }
  })

  test('and any other number that would be rounded is refused', async () => {
    const code = 'overflow'
    for (const text of [
      '{"created":9007199254740993}',
      '{"created":1e300}',
      '[9007199254740993]',
    ]) {
      await assert.rejects(answered(text), { code })
    }
    assert.deepEqual(
      await answered('{"created":0000000000000001}').catch((e) => e.code),
      'answer_unreadable',
    )
    assert.deepEqual(await answered('{"created":9007199254740991}'), { created: 9007199254740991 })
    assert.deepEqual(await answered('{"ratio":0.12345678901234567}'), {
      ratio: 0.12345678901234567,
    })
  })

  test('a number that is not whole, or may have been rounded, is not sent', async () => {
    for (const [amount, code] of [
      [1.5, 'not_an_integer'],
      [NaN, 'not_an_integer'],
      [Infinity, 'not_an_integer'],
      [2 ** 53, 'overflow'],
    ]) {
      await assert.rejects(intents().create({ amount, currency: 'usd' }), { code })
    }
    assert.equal(sent.length, 0)
  })
})

describe('lists', () => {
  const page = (ids, hasMore) => [
    200,
    { object: 'list', data: ids.map((id) => ({ id })), has_more: hasMore },
  ]

  test('are walked to the end, a page when it is reached', async () => {
    script = [page(['a', 'b'], true), page(['c'], true), page(['d'], false)]
    const seen = []
    for await (const { id } of await intents().list({ limit: 2, status: 'x' })) seen.push(id)
    assert.deepEqual(seen, ['a', 'b', 'c', 'd'])
    assert.deepEqual(
      sent.map(({ url }) => url.split('?')[1]),
      [
        'limit=2&status=x',
        'limit=2&status=x&starting_after=b',
        'limit=2&status=x&starting_after=c',
      ],
    )
  })

  test('are walked only as far as one goes', async () => {
    script = [page(['a', 'b'], true)]
    for await (const { id } of await intents().list()) if (id === 'a') break
    assert.equal(sent.length, 1)
  })

  test('are walked backwards from where they end', async () => {
    script = [page(['c', 'd'], true), page(['a', 'b'], false)]
    const seen = []
    for await (const { id } of await intents().list({ ending_before: 'e' })) seen.push(id)
    assert.deepEqual(seen, ['d', 'c', 'b', 'a'])
    assert.match(sent[1].url, /\?ending_before=c$/)
  })

  test('that are none are said to be unreadable', async () => {
    for (const body of [{}, 'null', '[]']) {
      script = [[200, body]]
      await assert.rejects(intents().list(), { code: 'answer_unreadable' })
    }
  })
})

test('an empty id is not the list of all', async () => {
  for (const id of ['', undefined, '.', '..']) {
    await assert.rejects(intents().cancel(id), { code: 'bad_option' })
    await assert.rejects(client.idempotency.retrieve(id), { code: 'bad_option' })
  }
  await intents().retrieve('pi_1/../../secret?x=1')
  assert.equal(sent[0].url, 'https://pay.test/v1/payment_intents/pi_1%2F..%2F..%2Fsecret%3Fx%3D1')
})

test('a key that cannot be one goes nowhere', async () => {
  const how = { idempotencyKey: 'two words' }
  const code = 'idempotency_key_not_visible_ascii'
  await assert.rejects(intents().create({ amount: 1n, currency: 'usd' }, how), { code })
  assert.equal(sent.length, 0)
})

test('a patience that is no number is refused', async () => {
  const code = 'bad_option'
  const apiBase = 'https://pay.test'
  for (const wrong of [Infinity, NaN, -1, 1.5, '5', null]) {
    for (const name of ['timeoutMs', 'retriesMax']) {
      assert.throws(() => createClient(KEY, { apiBase, [name]: wrong }), { code })
      await assert.rejects(intents().retrieve('pi_1', {}, { [name]: wrong }), { code })
      await assert.rejects(intents().confirm('pi_1', {}, { [name]: wrong }), { code })
    }
  }
  await assert.rejects(intents().retrieve('pi_1', {}, { timeoutMs: 2 ** 31 }), { code })
  assert.equal(sent.length, 0)
})
