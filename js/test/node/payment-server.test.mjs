// Paying where it is the network behind the backend that fails: what the backend cannot know yet, the
// page is told so, and goes on under the same key.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadFarthing } from '@farthing/sdk/checkout'
import { openJournal } from '@farthing/sdk/idempotency'
import { openShop } from '../support/real-shop.mjs'

/** What happens to the first call to the network, and how many attempts it takes to be paid. */
for (const [fault, attempts] of [
  ['at=1:lost_after', 1],
  ['at=1:lost_before', 2],
  ['at=1:duplicate', 1],
  ['at=1:refused', 2],
  ['slow=1,slow_ms=900..900', 1],
  ['at=1:late,slow_ms=900..900', undefined],
]) {
  test(`the network: ${fault}`, async (t) => {
    const args = ['--network-timeout-ms', '600']
    const shop = await openShop({ faults: fault, args })
    t.after(() => shop.close())
    const keys = []
    const send = (url, init) => {
      if (String(url).endsWith('/confirm')) keys.push(init.headers['Idempotency-Key'])
      return fetch(url, init)
    }
    const options = { apiBase: shop.backend.url, journal: openJournal(), fetch: send }
    const farthing = await loadFarthing('pk_test_farthing_dev', options)
    const payment = {
      cartId: `cart_${fault}`,
      amount: 1000n,
      currency: 'usd',
      paymentMethodId: 'pm_card_visa',
      createIntent: async (key, cart) => {
        const made = await shop.merchant.create({ key, ...cart })
        return { ...made, amount: BigInt(made.amount) }
      },
    }
    const pay = () => farthing.confirmPayment(payment).catch(({ code }) => ({ status: code }))
    let { status } = await pay()
    for (let presses = 0; presses < 60 && status !== 'succeeded'; presses += 1) {
      if (status !== 'declined') {
        // Its outcome is open, so no other amount is let near it.
        const other = farthing.confirmPayment({ ...payment, amount: 1100n })
        const { code } = await other.catch((error) => error)
        assert.ok(['payment_in_progress', 'already_paid'].includes(code), code)
        await new Promise((resolve) => setTimeout(resolve, 250))
      }
      status = (await pay()).status
    }
    assert.equal(status, 'succeeded')
    if (attempts !== undefined) assert.equal(new Set(keys).size, attempts)
    assert.deepEqual(await shop.book(), { charges: 1, captured: 1000 })
    assert.equal((await shop.intentsOf(payment.cartId)).length, 1)
  })
}
