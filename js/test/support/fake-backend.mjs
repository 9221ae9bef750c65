// A backend small enough to be read: intents, payment methods and idempotency as far as a checkout
// needs them, a book of what was really charged, and faults on demand.

/** The fault of a confirmation: what happens to it, and whether its answer gets through. */
export const FAULTS = {
  /** Charged, but the answer is lost on its way. */
  lostAnswer: { isExecuted: true, isAnswered: false },
  /** The request never arrives. */
  lostRequest: { isExecuted: false, isAnswered: false },
  /** Charged, and the answer never comes. */
  hang: { isExecuted: true, isHung: true },
}

export function fakeBackend() {
  const intents = new Map()
  const stored = new Map()
  const cards = new Map()
  const backend = {
    /** Every request, as it arrived. */
    log: [],
    /** Money that moved: one line per charge. */
    charges: [],
    /** What to do with the next confirmations, in order: a fault, a status, or nothing. */
    script: [],
    /** Outcome of a confirmed payment method, by id; the rest succeed. */
    outcomes: new Map(),
    intents,
    confirmKeys: () => backend.confirms().map(({ headers }) => headers['idempotency-key']),
    confirms: () => backend.log.filter(({ path }) => path.endsWith('/confirm')),
    creates: () => backend.log.filter(({ path }) => path === '/checkout/intents'),
    /** Answers `{ status, body }`, or `undefined` when nothing gets back, or a promise for never. */
    handle(request) {
      const { method, path, params = {}, headers = {} } = request
      backend.log.push({ method, path, params, headers })
      if (path === '/checkout/intents') return createIntent(params)
      if (path === '/v1/payment_methods') return createMethod(params)
      const [, id, verb] = path.match(/^\/v1\/payment_intents\/(\w+)(\/confirm)?$/) ?? []
      const intent = intents.get(id)
      if (intent === undefined || intent.client_secret !== params.client_secret) {
        return refused(404, 'resource_missing')
      }
      if (verb === undefined) return { status: 200, body: { ...intent } }
      const fault = backend.script.shift() ?? {}
      if (typeof fault === 'number') return refused(fault, 'on_purpose')
      const isExecuted = fault.isExecuted ?? true
      const answer = isExecuted ? confirmOnce(intent, params, headers) : undefined
      if (fault.isHung) return new Promise(() => {})
      return fault.isAnswered === false ? undefined : answer
    },
  }

  function createIntent({ items, cart_key: key, amount = 7187 }) {
    if (!stored.has(key)) {
      const id = `pi_${letters(intents.size)}`
      const client_secret = `${id}_secret_${letters(intents.size + 7)}`
      const status = 'requires_payment_method'
      intents.set(id, {
        id,
        object: 'payment_intent',
        amount,
        currency: 'usd',
        status,
        client_secret,
        items,
      })
      stored.set(key, id)
    }
    const { id, client_secret, currency, amount: asked } = intents.get(stored.get(key))
    return { status: 200, body: { id, client_secret, amount: asked, currency } }
  }

  function createMethod(params) {
    const number = params['card[number]']
    if (number === '4000000000000069') return refused(402, 'expired_card', 'Your card has expired.')
    const id = `pm_${letters(cards.size)}`
    cards.set(id, number)
    if (number === '4000000000000002') backend.outcomes.set(id, 'declined')
    if (number === '4000002760003184') backend.outcomes.set(id, 'action')
    return { status: 200, body: { id, card: { brand: 'visa', last4: number.slice(-4) } } }
  }

  function confirmOnce(intent, params, headers) {
    const key = headers['idempotency-key']
    const asked = JSON.stringify(params)
    const known = stored.get(key)
    if (known !== undefined) {
      return known.asked === asked
        ? known.answer
        : refused(400, undefined, 'Keys …', 'idempotency_error')
    }
    const answer = confirm(intent, params)
    if (answer.status === 200 || answer.status === 402) stored.set(key, { asked, answer })
    return answer
  }

  function confirm(intent, params) {
    if (intent.status === 'succeeded') return refused(400, 'payment_intent_unexpected_state')
    const outcome = backend.outcomes.get(params.payment_method)
    if (outcome === 'declined') return refused(402, 'card_declined', 'Your card was declined.')
    if (outcome === 'action') {
      intent.status = 'requires_action'
      intent.next_action = {
        type: 'redirect_to_url',
        redirect_to_url: { url: 'https://bank.test/3ds' },
      }
      return { status: 200, body: { ...intent } }
    }
    backend.charges.push({ intent: intent.id, amount: intent.amount })
    intent.status = 'succeeded'
    return { status: 200, body: { ...intent } }
  }

  return backend
}

/** The backend as `fetch`. */
export function fakeFetch(backend) {
  return async (url, { method = 'GET', headers = {}, body, signal } = {}) => {
    const { pathname, searchParams } = new URL(url)
    const given = method === 'GET' ? searchParams : new URLSearchParams(body)
    const lower = Object.fromEntries(Object.entries(headers).map(([k, v]) => [k.toLowerCase(), v]))
    const aborted = new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason))
    })
    const request = { method, path: pathname, params: Object.fromEntries(given), headers: lower }
    const socket = setInterval(() => {}, 1000) // A real one would keep the process alive, too.
    const answer = await Promise.race([backend.handle(request), aborted]).finally(() =>
      clearInterval(socket),
    )
    if (answer === undefined) throw new TypeError('fetch failed')
    return new Response(JSON.stringify(answer.body), { status: answer.status })
  }
}

function refused(status, code, message = 'Refused.', type = 'invalid_request_error') {
  return { status, body: { error: { type, code, message } } }
}

/** Ids without digits: the tests look for digits where none may be. */
function letters(n) {
  return `test${'abcdefghijklmnopqrstuvwxyz'[n % 26]}${'abcdefghijklmnopqrstuvwxyz'[Math.floor(n / 26)]}`
}
