/**
 * The card form inside its frame. Digits are typed here, checked here by the same core as everywhere,
 * and sent from here to this frame's own origin. What the page around it hears is listed in
 * `../element/protocol.ts`, and is no part of the card but its last four digits.
 */
import * as core from '../core.js'
import type { Settings } from '../element/protocol.js'
import { FIELD_NAMES, formOf, type FieldName } from './fields.js'
import { messagesOf } from './messages.js'
import { offerPort, type Say } from './port.js'
import { applyTheme } from './theme.js'
import { makePaymentMethod, type Outcome } from './tokenise.js'
import { readTyping } from './typing.js'

/** Where the core needs a moment (its fall-back is loaded), the frame offers itself when it is there. */
const { ready = (): Promise<void> => Promise.resolve() } = core as {
  ready?: () => Promise<void>
}

const publishableKey = new URLSearchParams(location.search).get('key') ?? ''
const parentOrigin = new URLSearchParams(location.hash.slice(1)).get('parent')

// On its own, or without a name to answer to, the form stays dead.
if (parent !== window && parentOrigin !== null) ready().then(() => start(parentOrigin))

function start(parentOrigin: string): void {
  const form = formOf(document)
  const { fields } = form
  const messages = messagesOf(form)
  const typing = readTyping(form, edited)
  const say: Say = offerPort({
    parentOrigin,
    requests: { settings: follow, focus: focusFirst, tokenise },
    onConnected: () => {
      new ResizeObserver(tellHeight).observe(form.form)
      tell()
    },
  })

  for (const name of FIELD_NAMES) {
    const { input } = fields[name]
    input.addEventListener('blur', () => {
      // Leaving a field half done is worth a word; leaving it empty is not, until the buyer pays.
      if (input.value !== '') messages.fault(name, typing.fault(name))
      tell()
    })
  }
  form.form.addEventListener('submit', (event) => {
    event.preventDefault()
    say({ type: 'submit' })
  })
  form.form.addEventListener('focusin', ({ relatedTarget }) => {
    if (relatedTarget === null) say({ type: 'focus' })
  })
  form.form.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget === null) say({ type: 'blur' })
  })

  function follow({ scheme, theme, locale, isDisabled }: Settings): void {
    applyTheme(document.documentElement, theme, scheme)
    messages.speak(locale)
    for (const name of FIELD_NAMES) fields[name].input.disabled = isDisabled
    tellHeight()
  }

  function edited(name: FieldName): void {
    messages.brand(typing.brand())
    messages.failure(undefined)
    // A complaint goes as soon as its cause does, and never comes up in the middle of a word. A new
    // brand may cure the code, too.
    for (const each of FIELD_NAMES) {
      const isCured = messages.isComplaining(each) && typing.fault(each) === undefined
      if (isCured || (each === name && fields[each].input.value === '')) {
        messages.fault(each, undefined)
      }
    }
    tell()
  }

  function focusFirst(): void {
    const name = FIELD_NAMES.find((each) => typing.fault(each) !== undefined) ?? FIELD_NAMES[0]
    fields[name].input.focus()
  }

  async function tokenise(id: number): Promise<void> {
    messages.failure(undefined)
    for (const name of FIELD_NAMES) messages.fault(name, typing.fault(name))
    tell()
    if (messages.first() !== undefined) {
      focusFirst()
      return say({ type: 'failed', id, code: 'card_incomplete' })
    }
    conclude(id, await makePaymentMethod(typing.card(), publishableKey))
    tell()
  }

  function conclude(id: number, outcome: Outcome): void {
    switch (outcome.kind) {
      case 'made': {
        const { paymentMethodId, brand, last4 } = outcome
        return say({ type: 'tokenised', id, card: { paymentMethodId, brand, last4 } })
      }
      case 'refused':
        if (outcome.field === undefined) messages.failure(outcome.code)
        else {
          messages.fault(outcome.field, outcome.code)
          fields[outcome.field].input.focus()
        }
        return say({ type: 'failed', id, code: 'card_refused' })
      case 'denied':
        messages.failure('request_refused')
        return say({ type: 'failed', id, code: 'request_refused' })
      case 'unanswered':
        messages.failure('network_unreachable')
        return say({ type: 'failed', id, code: 'network_unreachable' })
    }
  }

  function tell(): void {
    tellHeight()
    const state = {
      isComplete: FIELD_NAMES.every((name) => typing.fault(name) === undefined),
      isEmpty: typing.isEmpty(),
      brand: typing.brand(),
      errorCode: messages.first(),
    }
    say({ type: 'state', state })
  }

  /** Asked for and not only observed: a frame out of sight is not laid out by itself. */
  function tellHeight(): void {
    const { offsetTop, offsetHeight } = form.form
    say({ type: 'height', height: Math.ceil(offsetHeight + 2 * offsetTop) })
  }
}
