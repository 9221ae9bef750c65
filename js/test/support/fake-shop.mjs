// A shop on the fake backend, and pages that share one browser: same journal, nothing else kept.
import { loadFarthing } from '@farthing/sdk/checkout'
import { openJournal } from '@farthing/sdk/idempotency'
import { fakeBackend, fakeFetch } from './fake-backend.mjs'

export const CART = { cartId: 'cart_a', amount: 7187n, currency: 'usd' }

let browsers = 0

/** A backend, a journal that no other test has, and what a shop's page does with them. */
export async function fakeShop() {
  const backend = fakeBackend()
  const journal = await openJournal({ name: `browser_${(browsers += 1)}` })
  /** A page on the same browser. */
  const loadPage = (options = {}) =>
    loadFarthing('pk_test_fake', {
      apiBase: 'https://pay.test',
      fetch: fakeFetch(backend),
      journal,
      triesMax: 1,
      requestTimeoutMs: 200,
      ...options,
    })
  const payment = (overrides = {}) => ({
    ...CART,
    paymentMethodId: 'pm_good',
    createIntent: async (key) => {
      const params = { cart_key: key, items: [], amount: Number(overrides.amount ?? CART.amount) }
      const { body } = backend.handle({ method: 'POST', path: '/checkout/intents', params })
      return { id: body.id, clientSecret: body.client_secret, amount: BigInt(body.amount) }
    },
    ...overrides,
  })
  /** The merchant's server changes the intent. */
  const update = (changes) => async (change) => {
    changes.push(change)
    const intent = backend.intents.get(change.intentId)
    Object.assign(intent, { amount: Number(change.amount), currency: change.currency })
  }
  return { backend, journal, loadPage, payment, update }
}
