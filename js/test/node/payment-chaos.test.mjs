// Several tabs, impatient buyers, and a network that loses, delays and repeats: whatever the order, there
// is one intent and one charge, and it is the amount that the buyer who was told so had seen. No lock
// keeps the tabs apart; the journal's row does. A seed says what happens; a failure prints its seed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadFarthing } from '@farthing/sdk/checkout'
import { openJournal } from '@farthing/sdk/idempotency'
import { fakeBackend, fakeFetch } from '../support/fake-backend.mjs'

const SEEDS = Number(process.env.CHAOS_SEEDS ?? 150)
const STEPS = 14
const AMOUNTS = [1000n, 1100n, 1200n]
const CARDS = ['pm_good', 'pm_fine', 'pm_bad']
const KNOWN = new Set([
  'succeeded',
  'declined',
  'processing',
  'outcome_unknown',
  'payment_in_progress',
  'already_paid',
  'create_failed',
  'update_failed',
  'amount_mismatch',
  'network_unreachable',
  'request_refused',
])

test(`${SEEDS} seeds`, async () => {
  const first = Number(process.env.CHAOS_SEED ?? 1)
  for (let seed = first; seed < first + SEEDS; seed += 25) {
    const batch = Array.from({ length: Math.min(25, first + SEEDS - seed) }, (_, n) => seed + n)
    await Promise.all(batch.map(run))
  }
})

async function run(seed) {
  const world = worldOf(seed)
  const { backend, random, pick, pay } = world
  const under = []
  for (let step = 0; step < STEPS; step += 1) {
    const payment = { amount: pick(AMOUNTS), paymentMethodId: pick(CARDS) }
    const said = pay(pick(world.tabs), payment)
    under.push(said)
    if (random() < 0.6) await said
    else await sleep(random() * 4)
  }
  await Promise.all(under)
  world.calm()
  await sleep(40)
  let last
  for (let presses = 0; !['succeeded', 'already_paid'].includes(last); presses += 1) {
    assert.ok(presses < 40, `seed ${seed}: never paid`)
    const amount = AMOUNTS[presses % AMOUNTS.length]
    last = (await pay(world.tabs[0], { amount, paymentMethodId: 'pm_good' })).status
  }
  const why = `seed ${seed}: ${JSON.stringify(world.story, (_, v) => (typeof v === 'bigint' ? `${v}` : v))}`
  assert.equal(backend.intents.size, 1, why)
  assert.equal(backend.charges.length, 1, why)
  const [{ amount, card }] = backend.charges
  assert.equal(card.split('_').at(-1), String(amount), `the buyer saw another amount, ${why}`)
  for (const { status, asked } of world.story) {
    assert.ok(KNOWN.has(status), `${status}, ${why}`)
    if (status === 'succeeded') assert.equal(Number(asked), amount, why)
  }
  const params = new Map()
  for (const { headers, params: given } of backend.confirms()) {
    const key = headers['idempotency-key']
    assert.deepEqual(given, params.get(key) ?? given, `one key, one request, ${why}`)
    params.set(key, given)
  }
}

function worldOf(seed) {
  const random = randomFrom(seed)
  const pick = (list) => list[Math.floor(random() * list.length)]
  const backend = fakeBackend()
  // A card's name says which amount its buyer saw.
  for (const amount of AMOUNTS) backend.outcomes.set(`pm_bad_${amount}`, 'declined')
  const { handle } = backend
  backend.handle = (request) => {
    const before = backend.charges.length
    const answer = handle(request)
    const charge = backend.charges[before]
    if (charge !== undefined) charge.card = request.params.payment_method
    return answer
  }
  let isCalm = false
  /** What becomes of something that is sent: done, or not, or later; and told, or not. */
  const sent = async (act) => {
    await sleep(random() * 3)
    const fate = isCalm ? 1 : random()
    if (fate < 0.12) throw new TypeError('the request was lost')
    if (fate < 0.24) {
      await act()
      throw new TypeError('the answer was lost')
    }
    if (fate < 0.36) {
      setTimeout(() => act().catch(() => {}), 5 + random() * 25)
      throw new TypeError('it was late')
    }
    return act()
  }
  const reach = fakeFetch(backend)
  const send = (url, init) => {
    if (!isCalm && random() < 0.08)
      return Promise.resolve(new Response('{}', { status: pick([409, 429, 500]) }))
    return sent(() => reach(url, init))
  }
  const updates = new Set()
  const createIntent = (key, { amount }) =>
    sent(async () => {
      const params = { cart_key: key, items: [], amount: Number(amount) }
      const { body } = backend.handle({ method: 'POST', path: '/checkout/intents', params })
      return { clientSecret: body.client_secret, amount: BigInt(body.amount) }
    })
  const updateIntent = ({ intentId, amount, key }) =>
    sent(async () => {
      const intent = backend.intents.get(intentId)
      if (updates.has(key)) return
      if (intent.status === 'succeeded') throw new Error('it is paid')
      updates.add(key)
      intent.amount = Number(amount)
    })
  const journal = openJournal({ name: `chaos_${seed}` })
  const options = {
    apiBase: 'https://pay.test',
    fetch: send,
    journal,
    triesMax: 1,
    requestTimeoutMs: 500,
  }
  const tabs = Array.from({ length: 3 }, () => loadFarthing('pk_test_fake', options))
  const story = []
  const pay = async (tab, { amount, paymentMethodId }) => {
    const cart = {
      cartId: 'cart',
      amount,
      currency: 'usd',
      paymentMethodId: `${paymentMethodId}_${amount}`,
      createIntent,
      updateIntent,
    }
    const line = { asked: amount, card: paymentMethodId }
    const told = await (await tab).confirmPayment(cart).catch(({ code, message }) => {
      return { status: code ?? message }
    })
    Object.assign(line, { status: told.status })
    story.push(line)
    return line
  }
  return { backend, random, pick, pay, tabs, story, calm: () => (isCalm = true) }
}

/** Mulberry32: small, and the same everywhere. */
function randomFrom(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
