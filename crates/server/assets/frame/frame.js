// The card form inside its frame. Digits are typed here, checked here by the same core as everywhere,
// and sent from here to this frame's own origin. What the page around it hears is: how tall the form
// is, whether it is complete, the brand; and at the end a payment method's id and four digits.
import { checkCvc, checkExpiry, checkNumber, typedExpiry, typedNumber } from '/js/farthing.js'

const PROTOCOL = 1
const TIMEOUT_MS = 30_000
const BRANDS = {
  visa: 'VISA',
  mastercard: 'Mastercard',
  amex: 'AMEX',
  discover: 'Discover',
  diners: 'Diners',
  jcb: 'JCB',
  unionpay: 'UnionPay',
}
const FIELD_OF_CODE = {
  incorrect_number: 'number',
  invalid_number: 'number',
  invalid_expiry_month: 'expiry',
  invalid_expiry_year: 'expiry',
  expired_card: 'expiry',
  invalid_cvc: 'cvc',
  incorrect_cvc: 'cvc',
}
const EMPTY = {
  number: 'Enter the card number.',
  expiry: 'Enter the expiry date.',
  cvc: 'Enter the security code.',
}

const form = document.getElementById('card')
const brandMark = document.getElementById('brand')
const formError = document.getElementById('form-error')
const fields = Object.fromEntries(
  Object.keys(EMPTY).map((name) => [
    name,
    {
      input: document.getElementById(name),
      error: document.getElementById(`${name}-error`),
    },
  ]),
)

let card = typedNumber('')
let expiry = typedExpiry('')
let port
let publishableKey

// --- Typing -----------------------------------------------------------------------------------

fields.number.input.addEventListener('input', ({ target }) => {
  card = typedNumber(target.value)
  show(target, card.shown)
  brandMark.dataset.brand = card.brand
  brandMark.textContent = BRANDS[card.brand] ?? ''
  fields.cvc.input.maxLength = card.cvcLength
  edited('number')
})

fields.expiry.input.addEventListener('input', ({ target, inputType = '' }) => {
  expiry = typedExpiry(target.value, {
    deleting: inputType.startsWith('delete'),
  })
  show(target, expiry.shown)
  edited('expiry')
})

fields.cvc.input.addEventListener('input', ({ target }) => {
  show(target, target.value.replace(/\D/g, '').slice(0, card.cvcLength))
  edited('cvc')
})

for (const [name, { input }] of Object.entries(fields)) {
  // Leaving a field half done is worth a word; leaving it empty is not, until the buyer pays.
  input.addEventListener('blur', () => input.value !== '' && complain(name, fault(name)))
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  port?.postMessage({ type: 'submit' })
})

/** Puts text into a field and the cursor after the same digit as before. */
function show(input, text) {
  if (input.value === text) return
  const atEnd = input.selectionEnd === input.value.length
  const digitsBefore = input.value.slice(0, input.selectionEnd).replace(/\D/g, '').length
  input.value = text
  if (document.activeElement !== input) return
  let cursor = text.length
  if (!atEnd) {
    cursor = 0
    for (let digits = 0; cursor < text.length && digits < digitsBefore; cursor += 1) {
      if (/\d/.test(text[cursor])) digits += 1
    }
  }
  input.setSelectionRange(cursor, cursor)
}

function edited(name) {
  formError.textContent = ''
  // A complaint goes as soon as its cause does, and never comes up in the middle of a word.
  if (fields[name].input.ariaInvalid === 'true' && fault(name) === undefined) complain(name)
  else if (fields[name].input.value === '') complain(name)
  tellState()
}

// --- Checking ---------------------------------------------------------------------------------

/** What is wrong with a field, in core's sentence, or undefined. */
function fault(name) {
  if (fields[name].input.value === '') return EMPTY[name]
  try {
    if (name === 'number') checkNumber(card.digits)
    if (name === 'cvc') checkCvc(card.brand, fields.cvc.input.value)
    if (name === 'expiry') {
      if (expiry.month === '') return 'Enter the expiry date as month and year.'
      checkExpiry({ month: expiry.month, year: expiry.year })
    }
    return undefined
  } catch (error) {
    return error.message
  }
}

function complain(name, sentence = '') {
  const { input, error } = fields[name]
  input.ariaInvalid = sentence === '' ? 'false' : 'true'
  error.textContent = sentence
}

/** Shows every fault and puts the cursor at the first; answers whether there was none. */
function isComplete() {
  const faults = Object.keys(fields).map((name) => [name, fault(name)])
  for (const [name, sentence] of faults) complain(name, sentence)
  const first = faults.find(([, sentence]) => sentence !== undefined)
  if (first !== undefined) fields[first[0]].input.focus()
  return first === undefined
}

// --- Turning the card into a payment method ---------------------------------------------------

async function tokenise() {
  formError.textContent = ''
  if (!isComplete()) return { code: 'card_incomplete' }
  const { month, year } = checkExpiry({
    month: expiry.month,
    year: expiry.year,
  })
  const body = new URLSearchParams({
    type: 'card',
    'card[number]': card.digits,
    'card[exp_month]': String(month),
    'card[exp_year]': String(year),
    'card[cvc]': fields.cvc.input.value,
  })
  let response
  let answer
  try {
    response = await fetch('/v1/payment_methods', {
      method: 'POST',
      headers: { Authorization: `Bearer ${publishableKey}` },
      body,
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    answer = await response.json()
  } catch {
    formError.textContent =
      'The payment service did not answer. Nothing was charged; please try again.'
    return { code: 'network_unreachable' }
  }
  if (!response.ok) return refused(answer?.error ?? {})
  const { brand, last4 } = answer.card
  return { paymentMethodId: answer.id, brand, last4 }
}

/** Shows the backend's refusal at the field it is about. Its text stays in this frame. */
function refused({ code, message }) {
  const name = FIELD_OF_CODE[code]
  if (name === undefined) {
    formError.textContent = 'This card cannot be used. Please check it or try another card.'
  } else {
    complain(name, message ?? 'Please check this field.')
    fields[name].input.focus()
  }
  return { code: 'card_refused' }
}

// --- Talking to the page ----------------------------------------------------------------------

const parentOrigin = new URLSearchParams(location.hash.slice(1)).get('parent')

addEventListener('message', (event) => {
  const { source, origin, data, ports } = event
  if (port !== undefined || source !== parent || origin !== parentOrigin) return
  if (data?.farthing !== 'connect' || data.protocol !== PROTOCOL || ports.length !== 1) return
  if (typeof data.publishableKey !== 'string' || !data.publishableKey.startsWith('pk_')) return
  publishableKey = data.publishableKey
  port = ports[0]
  port.onmessage = heard
  setTheme(data.theme)
  port.postMessage({ type: 'mounted' })
  new ResizeObserver(tellHeight).observe(form)
  tellState()
})

async function heard({ data }) {
  if (data?.type === 'theme') setTheme(data.theme)
  if (data?.type === 'focus') focusFirst()
  if (data?.type !== 'tokenise') return
  const { id } = data
  const outcome = await tokenise().catch(() => ({ code: 'card_refused' }))
  const type = outcome.code === undefined ? 'tokenised' : 'failed'
  port.postMessage({ type, id, ...outcome })
}

function focusFirst() {
  const names = Object.keys(fields)
  const name = names.find((each) => fault(each) !== undefined) ?? names[0]
  fields[name].input.focus()
}

function setTheme(theme) {
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
  else delete document.documentElement.dataset.theme
}

function tellHeight() {
  const around = form.offsetTop * 2
  port?.postMessage({
    type: 'height',
    height: Math.ceil(form.offsetHeight + around),
  })
}

function tellState() {
  const names = Object.keys(fields)
  port?.postMessage({
    type: 'state',
    isComplete: names.every((name) => fault(name) === undefined),
    isEmpty: names.every((name) => fields[name].input.value === ''),
    brand: card.brand,
  })
}

if (parent !== window && parentOrigin !== null) {
  parent.postMessage({ farthing: 'ready', protocol: PROTOCOL }, parentOrigin)
}
