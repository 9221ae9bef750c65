/**
 * Paying: what is sent, in which order, and what an answer means for the journal. The rule that
 * everything here serves: what may have been sent is sent again only as it was, under the same key.
 */
import { ask, fieldObject, fieldText, type Answer, type Backend } from './api.js'
import { core, decimal } from './core.js'
import { FarthingError } from './errors.js'
import { declineOf, intentIdOf, refusal, retrieve, viewOf } from './intent.js'
import type { Decline, PaymentIntentView } from './intent.js'
import { confirmKey, type Begin, type Journal, type JournalEntry } from './journal.js'

/** What the merchant's server answers when it has created the intent. */
export interface CreatedIntent {
  clientSecret: string
  id?: string
  /** If given, must be what the buyer was shown, in minor units. */
  amount?: bigint
  currency?: string
}

export interface ConfirmOptions extends Begin {
  /**
   * Asks the merchant's server to create the intent under an idempotency key. Called with the same
   * key however often it takes: pass the key on.
   */
  createIntent: (key: string) => Promise<CreatedIntent>
  /** Where the buyer returns to after authenticating elsewhere. */
  returnUrl?: string
  /** A payment method that exists already, instead of the card in the frame. */
  paymentMethodId?: string
}

/** How a payment stands. What is not known is thrown instead, as `outcome_unknown`. */
export type PaymentResult =
  | { status: 'succeeded' | 'requires_capture' | 'processing' | 'canceled'; intentId: string }
  | { status: 'requires_action'; intentId: string; url: string | undefined }
  | ({ status: 'declined'; intentId: string } & Decline)

/** How the payment of a cart stands, as far as a page that was just loaded can tell. */
export type ResumeResult = Standing | { status: 'none' }

type Standing =
  | PaymentResult
  /** `isAttemptOpen`: a confirmation was sent before; confirming again repeats that very one. */
  | { status: 'requires_payment'; intentId: string | undefined; isAttemptOpen: boolean }

/** What paying needs. */
export interface Desk {
  backend: Backend
  journal: Journal
  /** Turns the card in the frame into a payment method. */
  tokenise: () => Promise<{ paymentMethodId: string }>
  /** How often a confirmation is sent before its outcome is called unknown. */
  triesMax: number
  wait: (ms: number) => Promise<void>
}

/** Pays a cart, or finds out how its payment stands. */
export async function pay(desk: Desk, options: ConfirmOptions): Promise<PaymentResult> {
  let entry = await desk.journal.begin(options)
  let isRepeat = entry.phase === 'sent' || entry.phase === 'waiting'
  if (entry.phase === 'done' || isRepeat) {
    const result = await standing(desk, entry).catch((cause: unknown) => {
      throw isRepeat ? outcomeUnknown(cause) : cause
    })
    if (result.status !== 'requires_payment') return result
  }
  const clientSecret = entry.clientSecret ?? (await create(desk, entry, options))
  const intentId = intentIdOf(clientSecret)
  entry = await desk.journal.created(entry, { id: intentId, clientSecret })
  if (entry.phase === 'ready') {
    const paymentMethodId = options.paymentMethodId ?? (await desk.tokenise()).paymentMethodId
    const { returnUrl } = options
    entry = await desk.journal.sending(entry, { paymentMethodId, returnUrl })
    // Where no lock keeps tabs apart, another one may have been first.
    if (entry.paymentMethodId === undefined) throw elsewhere()
    isRepeat = entry.paymentMethodId !== paymentMethodId
  }
  const sent = await confirm(desk, entry)
  return concluded(
    desk,
    { entry, intentId, isFirstWord: sent.tries === 1 && !isRepeat },
    sent.answer,
  )
}

/** How the payment of a cart stands. Looks only; never sends a confirmation. */
export async function resume(desk: Desk, cartId: string): Promise<ResumeResult> {
  const entry = await desk.journal.read(cartId)
  return entry === undefined ? { status: 'none' } : standing(desk, entry)
}

async function standing(desk: Desk, entry: JournalEntry): Promise<Standing> {
  const { phase, clientSecret, paidAs, intentId = '' } = entry
  if (phase === 'done') return { status: paidAs ?? 'succeeded', intentId }
  if (clientSecret === undefined) {
    return { status: 'requires_payment', intentId: undefined, isAttemptOpen: false }
  }
  return read(desk, entry, await retrieve(desk.backend, clientSecret))
}

/** What the intent itself says, noted in the journal. */
async function read(
  { journal }: Desk,
  entry: JournalEntry,
  intent: PaymentIntentView,
): Promise<Standing> {
  const intentId = intent.id
  switch (intent.status) {
    case 'succeeded':
    case 'requires_capture':
      await journal.settle(entry, intent.status)
      return { status: intent.status, intentId }
    case 'processing':
      await journal.settle(entry, 'waiting')
      return { status: 'processing', intentId }
    case 'requires_action':
      await journal.settle(entry, 'waiting')
      return { status: 'requires_action', intentId, url: intent.nextActionUrl }
    case 'canceled':
      await journal.forget(entry.cartId)
      return { status: 'canceled', intentId }
  }
  if (entry.phase === 'waiting') {
    // It had been accepted and is to be paid again: the authentication, or the network, said no.
    await journal.settle(entry, 'declined')
    return { status: 'declined', intentId, ...(intent.lastDecline ?? declineOf({})) }
  }
  return { status: 'requires_payment', intentId, isAttemptOpen: entry.phase === 'sent' }
}

async function create(desk: Desk, entry: JournalEntry, options: ConfirmOptions): Promise<string> {
  let created: CreatedIntent
  try {
    created = await options.createIntent(entry.createKey)
  } catch (cause) {
    throw new FarthingError(
      'create_failed',
      'The payment could not be started. Nothing was charged.',
      {
        cause,
      },
    )
  }
  const { amount = entry.amount, currency = entry.currency } = created
  if (amount !== entry.amount || currency.toLowerCase() !== entry.currency) {
    await desk.journal.forget(entry.cartId)
    throw new FarthingError(
      'amount_mismatch',
      'The shop asks for another amount than the one shown. Nothing was charged.',
    )
  }
  return created.clientSecret
}

async function confirm(
  desk: Desk,
  entry: JournalEntry,
): Promise<{ answer: Answer; tries: number }> {
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
  sent: { entry: JournalEntry; intentId: string; isFirstWord: boolean },
  answer: Answer,
): Promise<PaymentResult> {
  const { entry, intentId, isFirstWord } = sent
  if (answer.kind === 'unknown') throw outcomeUnknown(answer.cause)
  if (answer.kind === 'accepted') {
    const result = await read(desk, { ...entry, phase: 'waiting' }, viewOf(answer.body))
    return result as PaymentResult // A waiting entry is never told `requires_payment`.
  }
  const error = fieldObject(answer.body, 'error')
  if (answer.kind === 'declined') {
    await desk.journal.settle(entry, 'declined')
    return { status: 'declined', intentId, ...declineOf(error) }
  }
  if (fieldText(error, 'code') === 'payment_intent_unexpected_state') {
    // Somebody else moved the intent: another tab, or an answer that was lost on its way.
    const result = await standing(desk, entry)
    if (result.status !== 'requires_payment') return result
  }
  // Turned away at the door. If it is all that was ever said of this attempt, nothing happened.
  if (isFirstWord) await desk.journal.settle(entry, 'refused')
  throw refusal(answer.body)
}

function outcomeUnknown(cause: unknown): FarthingError {
  return new FarthingError(
    'outcome_unknown',
    'We could not find out whether the payment went through. Trying again is safe: it cannot charge twice.',
    { cause },
  )
}

function elsewhere(): FarthingError {
  return new FarthingError(
    'payment_in_progress',
    'This cart is being paid in another tab. Look there, or try again.',
  )
}
