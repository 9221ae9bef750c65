/** The form at work: what is typed, what is complained of, what the page asks and is told. */
import type { Settings } from '../element/protocol.js'
import { FIELD_NAMES, formOf, type FieldName, type Form } from './fields.js'
import { messagesOf, type Messages } from './messages.js'
import { offerPort, type Say } from './port.js'
import { applyTheme } from './theme.js'
import { makePaymentMethod, type Outcome } from './tokenise.js'
import { readTyping, type Typing } from './typing.js'

/** What the form is made of. */
interface Desk {
  form: Form
  messages: Messages
  typing: Typing
  say: Say
  publishableKey: string
}

/** Makes the document's form work, and offers it to the page around it. */
export function startForm(options: { publishableKey: string; parentOrigin: string }): void {
  const { publishableKey, parentOrigin } = options
  const form = formOf(document)
  const messages = messagesOf(form)
  const typing = readTyping(form, (name) => edited(desk, name))
  const say = offerPort({
    parentOrigin,
    requests: {
      settings: (settings) => follow(desk, settings),
      focus: () => focusFirst(desk),
      tokenise: (id) => void tokenise(desk, id),
    },
    onConnected: () => {
      new ResizeObserver(() => tellHeight(desk)).observe(form.form)
      tell(desk)
    },
  })
  const desk: Desk = { form, messages, typing, say, publishableKey }
  listen(desk)
}

function listen(desk: Desk): void {
  const { form, messages, typing, say } = desk
  for (const name of FIELD_NAMES) {
    const { input } = form.fields[name]
    input.addEventListener('blur', () => {
      // Leaving a field half done is worth a word; leaving it empty is not, until the buyer pays.
      if (input.value !== '') messages.fault(name, typing.fault(name))
      tell(desk)
    })
  }
  form.form.addEventListener('submit', (event) => {
    event.preventDefault()
    say({ type: 'submit' })
  })
  // From field to field is neither.
  form.form.addEventListener('focusin', ({ relatedTarget }) => {
    if (relatedTarget === null) say({ type: 'focus' })
  })
  form.form.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget === null) say({ type: 'blur' })
  })
}

/** Looks and speaks as the page wishes, where that can be followed. */
function follow(desk: Desk, { scheme, theme, locale, isDisabled }: Settings): void {
  const { form, messages, typing } = desk
  applyTheme(document.documentElement, theme, scheme)
  messages.speak(locale)
  messages.brand(typing.brand())
  for (const name of FIELD_NAMES) form.fields[name].input.disabled = isDisabled
  tellHeight(desk)
}

function edited(desk: Desk, name: FieldName): void {
  const { form, messages, typing } = desk
  messages.brand(typing.brand())
  messages.failure(undefined)
  // A complaint goes as soon as its cause does, and never comes up in the middle of a word. What the
  // backend complained of is gone with any change; a new brand may cure the code, too.
  for (const each of FIELD_NAMES) {
    const isCured = messages.isComplaining(each) && typing.fault(each) === undefined
    if (isCured || (each === name && form.fields[each].input.value === '')) {
      messages.fault(each, undefined)
    }
  }
  tell(desk)
}

function focusFirst({ form, typing }: Desk): void {
  const name = FIELD_NAMES.find((each) => typing.fault(each) !== undefined) ?? FIELD_NAMES[0]
  form.fields[name].input.focus()
}

async function tokenise(desk: Desk, id: number): Promise<void> {
  const { messages, typing, say, publishableKey } = desk
  messages.failure(undefined)
  for (const name of FIELD_NAMES) messages.fault(name, typing.fault(name))
  tell(desk)
  if (messages.first() !== undefined) {
    focusFirst(desk)
    return say({ type: 'failed', id, code: 'card_incomplete' })
  }
  conclude(desk, id, await makePaymentMethod(typing.card(), publishableKey))
  tell(desk)
}

function conclude({ form, messages, say }: Desk, id: number, outcome: Outcome): void {
  switch (outcome.kind) {
    case 'made': {
      const { paymentMethodId, brand, last4 } = outcome
      return say({ type: 'tokenised', id, card: { paymentMethodId, brand, last4 } })
    }
    case 'refused':
      if (outcome.field === undefined) messages.failure(outcome.code)
      else {
        messages.fault(outcome.field, outcome.code)
        form.fields[outcome.field].input.focus()
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

function tell(desk: Desk): void {
  const { messages, typing, say } = desk
  tellHeight(desk)
  const state = {
    isComplete: FIELD_NAMES.every((name) => typing.fault(name) === undefined),
    isEmpty: typing.isEmpty(),
    brand: typing.brand(),
    errorCode: messages.first(),
  }
  say({ type: 'state', state })
}

/** Said and not only observed: a frame out of sight is not laid out by itself. */
function tellHeight({ form, say }: Desk): void {
  const { offsetTop, offsetHeight } = form.form
  say({ type: 'height', height: Math.ceil(offsetHeight + 2 * offsetTop) })
}
