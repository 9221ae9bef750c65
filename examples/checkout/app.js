// A checkout in one file. The shop's own server (or the Worker at the edge) prices the cart and makes
// the intent; the card is typed into the payment service's frame; this page only brings them together.
const CART = [
  { id: 'field-notebook', quantity: 2, detail: 'A6, dotted, 96 pages' },
  { id: 'brass-pen', quantity: 1, detail: 'Solid brass, blue ink' },
  { id: 'postage', quantity: 1 },
]
const LOOK_AGAIN_MS = 1_500

const at = (id) => document.getElementById(id)
const config = await readConfig()
const prices = await readJson('prices.json')
const { displayMoney, loadFarthing, newKey } = await import(
  config.sdk ?? `${config.backend}/js/farthing.js`
).catch((error) => {
  say('error', 'The payment service cannot be reached.', 'Please reload the page in a moment.')
  throw error
})

const currency = prices[CART[0].id].currency
const lineAmount = ({ id, quantity }) => BigInt(prices[id].amount) * BigInt(quantity)
const amount = CART.reduce((sum, line) => sum + lineAmount(line), 0n)
const money = (minor) => displayMoney({ amount: minor, currency }, { locale: 'en-US' })

const cartId = currentCart()
const card = at('card')

showOrder()
at('test-mode').hidden = !config.publishableKey.startsWith('pk_test_')
at('payment').addEventListener('submit', (event) => {
  event.preventDefault() // Enter in the card's form comes here, too.
  pay()
})
at('again').addEventListener('click', () => {
  localStorage.removeItem('cart')
  location.replace(location.pathname + location.search)
})
card.addEventListener('ready', () => card.setAttribute('aria-busy', 'false'))
card.addEventListener('error', () =>
  say('error', 'The card form could not be loaded.', 'Check the connection and reload the page.'),
)

const farthing = await loadFarthing(config.publishableKey, { apiBase: config.backend })

// The buyer may come back here from a reload, a crash or the bank: first see what became of it.
const standing = await farthing
  .resume({ cartId })
  .catch((error) => ({ status: 'unreachable', error }))
if (standing.status === 'requires_action') {
  // Back without an answer: going there again is the buyer's choice, or there would be no way out.
  idle()
  say('note', 'Your bank still wants to make sure that it is you.', 'Press Pay to go on.')
} else {
  show(standing)
}

async function pay() {
  busy('Processing…')
  say()
  try {
    const result = await farthing.confirmPayment({
      cartId,
      amount,
      currency,
      createIntent,
      element: card,
      // Without an address to return to, the bank asks in a dialog over this page.
      ...(config.redirect ? { returnUrl: location.href.split('#')[0] } : {}),
    })
    show(result)
  } catch (error) {
    explain(error)
  }
}

/** The shop names the items, never the price; the answer says what it comes to. */
async function createIntent(key) {
  const response = await fetch(`${config.intents}/checkout/intents`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      items: CART.map(({ id, quantity }) => ({ id, quantity })),
      cart_key: key,
    }),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error?.message ?? `status ${response.status}`)
  return {
    id: answer.id,
    clientSecret: answer.client_secret,
    amount: BigInt(answer.amount),
    currency: answer.currency,
  }
}

/** Shows how the payment stands. */
function show(result) {
  switch (result.status) {
    case 'succeeded':
    case 'requires_capture':
      return showPaid(result.intentId)
    case 'processing':
      busy('Processing…')
      say('note', 'Your bank is still working on it.', 'You can leave this page open.')
      return void setTimeout(lookAgain, LOOK_AGAIN_MS)
    case 'requires_action':
      busy('Going to your bank…') // The package takes the buyer there.
      return say('note', 'Your bank wants to make sure that it is you.')
    case 'abandoned':
      idle()
      return say('note', 'Your bank did not get its answer.', 'Nothing was charged. Try again.')
    case 'declined':
      idle()
      return say(
        'error',
        result.message,
        'Nothing was charged. You can try again or use another card.',
      )
    case 'canceled':
      idle()
      return say('error', 'This payment was canceled.', 'Nothing was charged. You can pay again.')
    case 'requires_payment':
      idle()
      if (result.isAttemptOpen) {
        say(
          'note',
          'A payment was under way when this page was left.',
          'Press Pay to finish it. You will not be charged twice.',
        )
      }
      return
    case 'unreachable':
      return explain(result.error)
    default:
      return idle()
  }
}

async function lookAgain() {
  show(await farthing.resume({ cartId }).catch((error) => ({ status: 'unreachable', error })))
}

function explain(error) {
  idle()
  switch (error.code) {
    case 'card_incomplete':
    case 'card_refused':
      return // The card form says what is wrong, next to the field.
    case 'outcome_unknown':
    case 'network_unreachable':
      return say(
        'note',
        'We could not reach the payment service.',
        'Press Pay to try again. You will not be charged twice.',
      )
    case 'create_failed':
      return say(
        'error',
        'The payment could not be started.',
        'Nothing was charged. Please try again.',
      )
    default:
      return say('error', 'The payment could not be made.', error.message)
  }
}

function showPaid(intentId) {
  at('payment').hidden = true
  at('paid-text').textContent = `We have your ${money(amount)}, and your order is on its way.`
  at('receipt').replaceChildren(
    ...pair('Amount', money(amount)),
    ...pair(
      'Order',
      CART.map(({ id, quantity }) => describe(id, quantity))
        .filter(Boolean)
        .join(', '),
    ),
    ...pair('Reference', element('code', intentId)),
  )
  at('paid').hidden = false
  at('paid').focus()
  document.title = 'Paid · Marlow & Finch'
}

function describe(id, quantity) {
  if (id === 'postage') return ''
  return quantity === 1 ? prices[id].name : `${prices[id].name} × ${quantity}`
}

function busy(label) {
  at('pay').disabled = true
  at('pay').dataset.busy = 'true'
  at('pay-label').textContent = label
}

function idle() {
  at('pay').disabled = false
  at('pay').dataset.busy = 'false'
  at('pay-label').textContent = `Pay ${money(amount)}`
}

function say(kind = '', headline = '', more = '') {
  at('status').dataset.kind = kind
  at('status').replaceChildren(
    ...(headline ? [element('b', headline)] : []),
    ...(more ? [element('span', more)] : []),
  )
}

function showOrder() {
  const goods = CART.filter(({ id }) => id !== 'postage')
  at('total-lead').textContent = money(amount)
  at('pay-label').textContent = `Pay ${money(amount)}`
  at('lines').replaceChildren(...goods.map(lineOf))
  const subtotal = goods.reduce((sum, line) => sum + lineAmount(line), 0n)
  at('sums').replaceChildren(
    ...pair('Subtotal', money(subtotal)),
    ...pair('Postage', money(amount - subtotal)),
    ...pair('Total', money(amount)).map((each) => {
      each.className = 'sum'
      return each
    }),
  )
}

function lineOf(line) {
  const item = element('li')
  const art = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use')
  use.setAttribute('href', `#art-${line.id}`)
  art.setAttribute('viewBox', '0 0 56 56')
  art.setAttribute('aria-hidden', 'true')
  art.append(use)
  const text = element('div')
  text.append(element('b', describe(line.id, line.quantity)), element('small', line.detail))
  const price = element('span', money(lineAmount(line)))
  price.className = 'price'
  item.append(art, text, price)
  return item
}

function pair(term, value) {
  const dd = element('dd')
  dd.append(value)
  return [element('dt', term), dd]
}

function element(name, text = '') {
  const made = document.createElement(name)
  made.textContent = text
  return made
}

/** One id per order, kept so that a reload is still the same order. */
function currentCart() {
  const kept = localStorage.getItem('cart')
  if (kept !== null) return kept
  const made = newKey()
  localStorage.setItem('cart', made)
  return made
}

/** `config.json`, and on a developer's own machine whatever the address adds: `?backend=…`. */
async function readConfig() {
  const found = await readJson('config.json')
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(location.hostname)) return found
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (Object.hasOwn(found, name)) found[name] = value
  }
  return found
}

async function readJson(path) {
  const response = await fetch(path)
  if (!response.ok) throw new Error(`${path}: status ${response.status}`)
  return response.json()
}
