// The smallest page that pays, from the package's subpaths, as a bundler finds them.
import { loadFarthing } from '@farthing/sdk/checkout'
import { newKey } from '@farthing/sdk/idempotency'
import { displayMoney, parseMoney } from '@farthing/sdk/money'

const { apiBase } = await (await fetch('/config')).json()
const farthing = await loadFarthing('pk_test_farthing_dev', { apiBase })
const element = document.querySelector('farthing-card')
const outcome = document.getElementById('outcome')
const cartId = newKey()
const amount = parseMoney('71.87', 'usd')

async function createIntent(key) {
  const response = await fetch('/intents', { method: 'POST', body: key })
  const { id, clientSecret } = await response.json()
  return { id, clientSecret }
}

document.getElementById('pay').addEventListener('click', async () => {
  try {
    const payment = { cartId, amount, currency: 'usd', element, createIntent }
    const { status } = await farthing.confirmPayment(payment)
    outcome.textContent = `${status}: ${displayMoney({ amount, currency: 'usd' }, { locale: 'en' })}`
  } catch (error) {
    outcome.textContent = `${error.code}: ${error.message}`
  }
})
