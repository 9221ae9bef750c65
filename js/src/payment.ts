/**
 * Paying: what is sent, in which order, and what an answer means for the journal. The rule that
 * everything here serves: what may have been sent is sent again only as it was, under the same key.
 */
import { ask, fieldObject, fieldText, type Answer, type Backend } from './api.js'
import { agree, create, elsewhere, type MerchantCalls } from './agreement.js'
import { core, decimal } from './core.js'
import { FarthingError } from './errors.js'
import { declineOf, isIntent, refusal, retrieve, viewOf } from './intent.js'
import type { Decline, NextAction, PaymentIntentView } from './intent.js'
import { confirmKey, type Begin, type Journal, type JournalEntry } from './journal.js'
import { demandOf, isTrusted, readingOf } from './journal-rules.js'

/** What is to be paid, and by what. */
export interface Payment extends Begin, MerchantCalls {
  /** Where the buyer returns to after authenticating elsewhere. */
  returnUrl?: string | undefined
  /**
   * What to do with a question of the bank's that an earlier attempt left open: put it to the buyer
   * again, or give it up and begin the next attempt with the card given now.
   * @default 'continue'
   */
  openAction?: 'continue' | 'replace' | undefined
}

/** How a payment stands. What is not known is thrown instead, as `outcome_unknown`. */
export type PaymentStanding =
  | { status: 'succeeded' | 'requires_capture' | 'processing' | 'canceled'; intentId: string }
  /** The buyer must authenticate: `nextAction` says how; absent where the server named no place. */
  | {
      status: 'requires_action'
      intentId: string
      clientSecret: string
      nextAction: NextAction | undefined
    }
  /** The buyer closed the bank's question, or let it grow too old. The next attempt may begin. */
  | { status: 'abandoned'; intentId: string }
  | ({ status: 'declined'; intentId: string } & Decline)

/** How the payment of a cart stands, as far as a page that was just loaded can tell. */
export type CartStanding =
  | PaymentStanding
  /** `isAttemptOpen`: a confirmation was sent before; confirming again repeats that very one. */
  | { status: 'requires_payment'; intentId: string | undefined; isAttemptOpen: boolean }

/** What paying needs. */
export interface Desk {
  backend: Backend
  journal: Journal
  /** Turns the buyer's card into a payment method. */
  tokenise: () => Promise<{ paymentMethodId: string }>
  /** How often a confirmation is sent before its outcome is called unknown. */
  triesMax: number
  wait: (ms: number) => Promise<void>
}

/** Pays a cart, or finds out how its payment stands. */
export async function pay(desk: Desk, payment: Payment): Promise<PaymentStanding> {
  const result = await attempt(desk, payment)
  const entry = await ifKept(desk.journal.read(payment.cartId))
  // What another tab has paid meanwhile may not be what this buyer was shown: then it throws.
  if (entry !== undefined) demandOf(entry.phase, entry, payment)
  return result
}

async function attempt(desk: Desk, payment: Payment): Promise<PaymentStanding> {
  const before = await desk.journal.read(payment.cartId)
  let known: CartStanding | undefined
  if (before !== undefined && mustBeLookedAt(before)) {
    known = await look(desk, before)
    if (known.status === 'declined' || known.status === 'canceled') return known
    if (known.status === 'requires_action' && payment.openAction === 'replace') {
      await desk.journal.settle(before, 'abandoned')
    }
  }
  let entry = await desk.journal.begin(payment).catch((cause: unknown) => {
    // This call sent nothing, but an earlier one may have paid.
    throw known !== undefined && isJournalGone(cause) ? outcomeUnknown(cause) : cause
  })
  if (entry.phase === 'done') return paid(entry)
  if (entry.phase === 'waiting') {
    known ??= await look(desk, entry)
    if (known.status !== 'requires_payment') return known
  }
  if (entry.clientSecret === undefined) entry = await create(desk, entry, payment)
  if (!entry.isAgreed || entry.update !== undefined) {
    const agreed = await agree(desk, entry, payment)
    if ('intent' in agreed) return moved(desk, entry, agreed.intent)
    entry = agreed.entry
  }
  return confirm(desk, entry, payment)
}

/**
 * How the payment of a cart stands. Never sends a confirmation; where no intent is known it asks the
 * merchant's server for it again, under the same key.
 */
export async function standing(
  desk: Desk,
  cart: { cartId: string; createIntent?: MerchantCalls['createIntent'] | undefined },
): Promise<CartStanding | { status: 'none' }> {
  let entry = await desk.journal.read(cart.cartId)
  if (entry === undefined) return { status: 'none' }
  if (entry.phase === 'done') return paid(entry)
  if (entry.clientSecret === undefined && cart.createIntent !== undefined) {
    entry = await create(desk, entry, { createIntent: cart.createIntent })
  }
  if (entry.clientSecret === undefined) {
    return { status: 'requires_payment', intentId: undefined, isAttemptOpen: false }
  }
  return look(desk, entry)
}

/**
 * Notes that the buyer gave up the bank's question, unless it was answered after all. Where the cart
 * was forgotten meanwhile, or the journal does not answer, the intent still tells.
 */
export async function giveUp(
  desk: Desk,
  asked: { cartId: string; clientSecret: string },
): Promise<PaymentStanding> {
  const { cartId, clientSecret } = asked
  const kept = await ifKept(desk.journal.read(cartId))
  const entry = kept?.clientSecret === clientSecret ? kept : undefined
  if (entry?.phase === 'done') return paid(entry)
  const found = entry === undefined ? await glance(desk, clientSecret) : await look(desk, entry)
  if (found.status === 'requires_payment') {
    // Another tab has given it up, and may have begun the next attempt.
    if (found.isAttemptOpen || found.intentId === undefined) throw elsewhere()
    return { status: 'abandoned', intentId: found.intentId }
  }
  if (found.status !== 'requires_action') return found
  if (entry !== undefined) await ifKept(desk.journal.settle(entry, 'abandoned'))
  return { status: 'abandoned', intentId: found.intentId }
}

/** What was sent may have had its effect, and what is old may be forgotten by the server. */
function mustBeLookedAt(entry: JournalEntry): boolean {
  if (entry.phase === 'done' || entry.clientSecret === undefined) return false
  return entry.phase !== 'ready' || !isTrusted(timesOf(entry))
}

function timesOf(entry: Pick<JournalEntry, 'sentAtMs' | 'startedAtMs'>): {
  sinceMs: number
  nowMs: number
} {
  return { sinceMs: entry.sentAtMs ?? entry.startedAtMs, nowMs: Date.now() }
}

async function look(desk: Desk, entry: JournalEntry): Promise<CartStanding> {
  const { clientSecret = '' } = entry
  const intent = await retrieve(desk.backend, clientSecret).catch((cause: unknown) => {
    throw entry.phase === 'ready' ? cause : outcomeUnknown(cause)
  })
  return read(desk, entry, intent)
}

/** An intent without an entry, known to have been accepted. */
async function glance({ backend }: Desk, clientSecret: string): Promise<CartStanding> {
  const intent = await retrieve(backend, clientSecret).catch((cause: unknown) => {
    throw outcomeUnknown(cause)
  })
  return said({ phase: 'waiting', clientSecret, startedAtMs: Date.now() }, intent).standing
}

/** The intent is past changing: somebody has paid it, perhaps at another amount, or canceled it. */
async function moved(
  desk: Desk,
  entry: JournalEntry,
  intent: PaymentIntentView,
): Promise<PaymentStanding> {
  const standing = (await read(desk, entry, intent)) as PaymentStanding
  if (standing.status === 'succeeded' || standing.status === 'requires_capture') {
    const { amount = entry.amount, currency = entry.currency } = intent
    demandOf('done', { amount, currency }, entry) // Throws unless it is what this buyer was shown.
  }
  return standing
}

/**
 * What the intent itself says, noted in the journal. What is certain is told even if it could not be
 * noted: the row as it was is looked at or repeated under its key, so the next call finds the same.
 */
async function read(
  { journal }: Desk,
  entry: JournalEntry,
  intent: PaymentIntentView,
): Promise<CartStanding> {
  const { reading, standing } = said(entry, intent)
  switch (reading) {
    case 'over':
      await ifKept(journal.over(entry))
      break
    case 'nothing':
      break
    case 'paid':
      await ifKept(journal.settle(entry, paidWord(intent), intent))
      break
    case 'waiting':
    case 'declined':
      await ifKept(journal.settle(entry, reading))
      break
    case 'lapsed':
    case 'refused':
    case 'abandoned':
      await journal.settle(entry, reading)
  }
  return standing
}

/** What an intent says of an entry. */
function said(
  at: Pick<JournalEntry, 'phase' | 'clientSecret' | 'sentAtMs' | 'startedAtMs'>,
  intent: PaymentIntentView,
): { reading: ReturnType<typeof readingOf>; standing: CartStanding } {
  const { id: intentId, status } = intent
  const reading = readingOf(at.phase, status, timesOf(at))
  const of = (standing: CartStanding): { reading: typeof reading; standing: CartStanding } => {
    return { reading, standing }
  }
  switch (reading) {
    case 'over':
      return of({ status: 'canceled', intentId })
    case 'paid':
      return of({ status: paidWord(intent), intentId })
    case 'waiting': {
      const { clientSecret = '' } = at
      if (status !== 'requires_action') return of({ status: 'processing', intentId })
      return of({ status, intentId, clientSecret, nextAction: intent.nextAction })
    }
    case 'declined':
      return of({ status: 'declined', intentId, ...(intent.lastDecline ?? declineOf({})) })
    case 'nothing':
    case 'lapsed':
    case 'refused':
    case 'abandoned': {
      const isAttemptOpen = reading === 'nothing' && at.phase === 'sent'
      return of({ status: 'requires_payment', intentId, isAttemptOpen })
    }
  }
}

function paidWord({ status }: PaymentIntentView): 'succeeded' | 'requires_capture' {
  return status === 'requires_capture' ? status : 'succeeded'
}

async function confirm(
  desk: Desk,
  ready: JournalEntry,
  { amount, currency, returnUrl }: Payment,
): Promise<PaymentStanding> {
  let entry = ready
  if (entry.amount !== amount || entry.currency !== currency.toLowerCase()) throw elsewhere()
  let isRepeat = entry.phase !== 'ready'
  if (!isRepeat) {
    const { paymentMethodId } = await desk.tokenise()
    entry = await desk.journal.sending(entry, { paymentMethodId, returnUrl })
    // Where no lock keeps tabs apart, another one may have been first.
    isRepeat = entry.paymentMethodId !== paymentMethodId
  }
  const sent = await send(desk, entry)
  return concluded(desk, { entry, isFirstWord: sent.tries === 1 && !isRepeat }, sent.answer)
}

async function send(desk: Desk, entry: JournalEntry): Promise<{ answer: Answer; tries: number }> {
  const { clientSecret = '', intentId = '', paymentMethodId = '', returnUrl } = entry
  const call = {
    method: 'POST' as const,
    path: `/v1/payment_intents/${encodeURIComponent(intentId)}/confirm`,
    params: {
      client_secret: clientSecret,
      payment_method: paymentMethodId,
      ...(returnUrl === undefined ? {} : { return_url: returnUrl }),
    },
    idempotencyKey: confirmKey(entry),
  }
  for (let tries = 1; ; tries += 1) {
    const answer = await ask(desk.backend, call)
    const isSettled = answer.kind !== 'unknown' || !answer.isWorthResending
    if (isSettled || tries >= desk.triesMax) return { answer, tries }
    const entropy = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0
    await desk.wait(core((c) => c.retry_delay_ms(decimal(tries), decimal(entropy))))
  }
}

async function concluded(
  desk: Desk,
  { entry, isFirstWord }: { entry: JournalEntry; isFirstWord: boolean },
  answer: Answer,
): Promise<PaymentStanding> {
  const { intentId = '' } = entry
  if (answer.kind === 'unknown') throw outcomeUnknown(answer.cause)
  if (answer.kind === 'accepted') {
    if (!isIntent(answer.body)) throw outcomeUnknown(answer.body)
    const result = await read(desk, { ...entry, phase: 'waiting' }, viewOf(answer.body))
    return result as PaymentStanding // A waiting entry is never told `requires_payment`.
  }
  const error = fieldObject(answer.body, 'error')
  if (answer.kind === 'declined') {
    await ifKept(desk.journal.settle(entry, 'declined'))
    return { status: 'declined', intentId, ...declineOf(error) }
  }
  if (!isFirstWord || fieldText(error, 'code') === 'payment_intent_unexpected_state') {
    // Somebody else moved the intent: another tab, or an answer that was lost on its way.
    const found = await look(desk, entry)
    if (found.status !== 'requires_payment') return found
  }
  // Turned away at the door: nothing happened, if that is all that was ever said of this attempt.
  if (!isFirstWord) throw outcomeUnknown(refusal(answer.body))
  await ifKept(desk.journal.settle(entry, 'refused'))
  throw refusal(answer.body)
}

function paid({ paidAs = 'succeeded', intentId = '' }: JournalEntry): PaymentStanding {
  return { status: paidAs, intentId }
}

/** What the journal answers, or nothing where it is gone. */
async function ifKept<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (thrown) {
    if (isJournalGone(thrown)) return undefined
    throw thrown
  }
}

function isJournalGone(thrown: unknown): boolean {
  if (!(thrown instanceof FarthingError)) return false
  return thrown.code === 'journal_unavailable' || thrown.code === 'journal_corrupt'
}

function outcomeUnknown(cause: unknown): FarthingError {
  return new FarthingError(
    'outcome_unknown',
    'We could not find out whether the payment went through. Trying again is safe: it cannot charge twice.',
    { cause },
  )
}
