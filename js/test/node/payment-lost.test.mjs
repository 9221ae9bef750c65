// What is known is told, what is not known is never called safe or failed, and a word that comes late is
// about the intent that it was asked of.
import assert from 'node:assert/strict'
import { beforeEach, mock, test } from 'node:test'
import { FarthingError, openJournal } from '@farthing/sdk/idempotency'
import { FAULTS, fakeFetch } from '../support/fake-backend.mjs'
import { CART, fakeShop } from '../support/fake-shop.mjs'

let backend
let farthing
let journal
let loadPage
let payment

beforeEach(async () => {
  ;({ backend, journal, loadPage, payment } = await fakeShop())
  farthing = await loadPage()
})

test('a "canceled" that comes late does not forget the payment that was begun since', async () => {
  backend.outcomes.set('pm_bad', 'declined')
  await farthing.confirmPayment(payment({ paymentMethodId: 'pm_bad' }))
  const [first] = backend.intents.values()
  Object.assign(first, { status: 'canceled' })
  let letGo
  const held = new Promise((resolve) => (letGo = resolve))
  const reach = fakeFetch(backend)
  const slow = await loadPage({
    fetch: async (...request) => {
      const answer = await reach(...request)
      await held
      return answer
    },
    requestTimeoutMs: 5_000,
  })
  const late = slow.resume(CART)
  await journal.settle(await journal.read(CART.cartId), 'waiting')
  assert.equal((await farthing.confirmPayment(payment())).status, 'canceled')
  backend.script = [FAULTS.lostAnswer]
  await assert.rejects(farthing.confirmPayment(payment()), { code: 'outcome_unknown' })
  assert.equal(backend.charges.length, 1)
  letGo()
  assert.equal((await late).status, 'canceled')
  assert.equal((await farthing.confirmPayment(payment())).status, 'succeeded')
  assert.equal(backend.charges.length, 1)
})

test('a page that loads twice, and can keep nothing, still has one payment', async () => {
  const own = { journal: undefined } // Each opens what the browser offers: here, memory.
  const cart = payment({ cartId: 'cart_twice' })
  const first = await loadPage(own)
  backend.script = [FAULTS.lostAnswer]
  await assert.rejects(first.confirmPayment(cart), { code: 'outcome_unknown' })
  const second = await loadPage(own)
  const paid = await second.confirmPayment(cart)
  assert.deepEqual([paid.status, paid.persistence], ['succeeded', 'memory'])
  assert.deepEqual([backend.intents.size, backend.charges.length], [1, 1])
  const third = await loadPage(own)
  const both = payment({ cartId: 'cart_both' })
  const said = await Promise.all([second.confirmPayment(both), third.confirmPayment(both)])
  assert.deepEqual(said[0], said[1])
  assert.deepEqual([backend.intents.size, backend.charges.length], [2, 2])
})

test('two journals of different names do not know each other', async () => {
  const [one, other] = [
    await openJournal({ name: 'shop_a' }),
    await openJournal({ name: 'shop_b' }),
  ]
  await one.begin(CART)
  assert.equal(await other.read(CART.cartId), undefined)
  assert.notEqual(await (await openJournal({ name: 'shop_a' })).read(CART.cartId), undefined)
})

for (const status of [400, 401, 403, 404]) {
  test(`a lost answer, then ${status}: the payment is found, not called refused`, async () => {
    const page = await loadPage({ triesMax: 3 })
    backend.script = [FAULTS.lostAnswer, status]
    assert.equal((await page.confirmPayment(payment())).status, 'succeeded')
    assert.equal(backend.charges.length, 1)
  })

  test(`a lost answer, then ${status} to everything: the outcome is unknown`, async () => {
    let isClosed = false
    const { handle } = backend
    backend.handle = (request) => {
      if (isClosed) return { status, body: { error: { message: 'No.' } } }
      isClosed = request.path.endsWith('/confirm')
      return handle(request)
    }
    const page = await loadPage({ triesMax: 3 })
    backend.script = [FAULTS.lostAnswer]
    const code = 'outcome_unknown'
    await assert.rejects(page.confirmPayment(payment()), { code })
    await assert.rejects(page.confirmPayment(payment()), { code })
    isClosed = false
    assert.equal(
      (await page.confirmPayment(payment({ paymentMethodId: 'pm_b' }))).status,
      'succeeded',
    )
    assert.equal(backend.charges.length, 1)
  })
}

/** The journal of a browser that stops storing at a certain moment. */
function failing() {
  const failure = { isOn: false }
  const methods = Object.entries(journal).map(([name, method]) => [
    name,
    typeof method !== 'function'
      ? method
      : async (...given) => {
          if (failure.isOn) throw new FarthingError('journal_unavailable', 'The disk is full.')
          return method(...given)
        },
  ])
  return { failure, journal: Object.fromEntries(methods) }
}

for (const [outcome, status] of [
  ['good', 'succeeded'],
  ['declined', 'declined'],
  ['action', 'requires_action'],
]) {
  test(`a journal that fails after the answer does not hide it: ${status}`, async () => {
    const broken = failing()
    const page = await loadPage({ journal: broken.journal })
    const { handle } = backend
    backend.handle = (request) => {
      broken.failure.isOn = request.path.endsWith('/confirm')
      return handle(request)
    }
    backend.outcomes.set('pm_x', outcome)
    const pay = () => page.confirmPayment(payment({ paymentMethodId: 'pm_x', redirect: 'manual' }))
    assert.equal((await pay()).status, status)
    await assert.rejects(pay(), ({ code, message }) => {
      return code === 'journal_unavailable' && !message.includes('nothing was sent')
    })
    broken.failure.isOn = false
    assert.equal((await pay()).status, status)
    assert.equal(new Set(backend.confirmKeys()).size, 1)
    assert.equal(backend.charges.length, status === 'succeeded' ? 1 : 0)
  })
}

test('a journal that fails while an open attempt is looked at: unknown, not "nothing was sent"', async () => {
  backend.script = [FAULTS.lostAnswer]
  await assert.rejects(farthing.confirmPayment(payment()), { code: 'outcome_unknown' })
  mock.timers.enable({ apis: ['Date'], now: Date.now() + 24 * 3_600_000 })
  try {
    const broken = failing()
    const page = await loadPage({ journal: broken.journal })
    const { handle } = backend
    backend.handle = (request) => {
      broken.failure.isOn = true
      return handle(request)
    }
    await assert.rejects(page.confirmPayment(payment()), { code: 'outcome_unknown' })
  } finally {
    mock.timers.reset()
  }
  assert.equal((await farthing.confirmPayment(payment())).status, 'succeeded')
  assert.equal(backend.charges.length, 1)
})

for (const body of [null, 5, 'text', [], {}]) {
  test(`an answer of ${JSON.stringify(body)} says nothing`, async () => {
    const reach = fakeFetch(backend)
    let isSaying = true
    const page = await loadPage({
      fetch: async (url, init) => {
        const answer = await reach(url, init)
        return isSaying ? answer : Response.json(body)
      },
    })
    const { handle } = backend
    backend.handle = (request) => {
      isSaying = !request.path.endsWith('/confirm')
      return handle(request)
    }
    const code = 'outcome_unknown'
    await assert.rejects(page.confirmPayment(payment()), { code })
    assert.equal((await page.confirmPayment(payment())).status, 'succeeded')
    assert.equal(backend.charges.length, 1)
  })
}

test('a refusal without a body is a refusal', async () => {
  const page = (status) => {
    const reach = fakeFetch(backend)
    const send = (url, init) =>
      url.endsWith('/confirm') ? Response.json(null, { status }) : reach(url, init)
    return loadPage({ fetch: async (...request) => send(...request) })
  }
  const declined = await (await page(402)).confirmPayment(payment())
  assert.deepEqual([declined.status, declined.code], ['declined', 'card_declined'])
  const refused = (await page(400)).confirmPayment(payment())
  await assert.rejects(refused, { code: 'request_refused' })
})

test('a patience that is no number of milliseconds is refused', async () => {
  const code = 'bad_option'
  for (const wrong of [Infinity, NaN, 0, -1, 1.5, 2 ** 31, '5', null]) {
    for (const name of ['requestTimeoutMs', 'challengeTimeoutMs', 'triesMax']) {
      if (name === 'triesMax' && wrong === 2 ** 31) continue
      await assert.rejects(loadPage({ [name]: wrong }), { code }, `${name}: ${wrong}`)
    }
  }
  await loadPage({ requestTimeoutMs: 2 ** 31 - 1, challengeTimeoutMs: 1, triesMax: 1 })
})
