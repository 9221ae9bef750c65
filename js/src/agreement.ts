/**
 * Before anything is confirmed, page and server agree on what is paid: the intent is made once, and a
 * cart that changes afterwards changes that very intent. Only the merchant's server can do either.
 */
import type { Backend } from './api.js'
import { FarthingError } from './errors.js'
import { intentIdOf, retrieve, type PaymentIntentView } from './intent.js'
import { updateKey, type Journal, type JournalEntry } from './journal.js'
import { isTrusted, readingOf } from './journal-rules.js'
import type { Money } from './money.js'

/** What the merchant's server answers when it has created the intent. */
export interface CreatedIntent {
  /** The intent's `client_secret`. */
  clientSecret: string
  id?: string
  /** What the intent is over, in minor units. Absent: the payment service is asked. */
  amount?: bigint
  currency?: string
}

/** What the cart was when its intent was first asked for. */
export interface CreateRequest {
  cartId: string
  /** In minor units. For the server to compare, not to believe. */
  amount: bigint
  /** Lower case. */
  currency: string
}

/** A change of the cart. */
export interface UpdateRequest extends CreateRequest {
  intentId: string
  /** The idempotency key of this change: pass it on. */
  key: string
}

/** The two things that only the merchant's server can do. */
export interface MerchantCalls {
  /**
   * Asks the merchant's server to create the intent under an idempotency key. Called with the same key
   * and the same cart however often it takes: pass the key on.
   */
  createIntent: (key: string, cart: CreateRequest) => Promise<CreatedIntent>
  /**
   * Asks the merchant's server to set the intent's amount and currency to what the cart comes to now,
   * under the key given. Needed only by shops whose carts can change after the first click.
   */
  updateIntent?: ((change: UpdateRequest) => Promise<unknown>) | undefined
}

interface Parties {
  backend: Backend
  journal: Journal
}

/** Has the intent created, or finds the one that was. Rejects with `create_failed`. */
export async function create(
  { journal }: Parties,
  entry: JournalEntry,
  { createIntent }: Pick<MerchantCalls, 'createIntent'>,
): Promise<JournalEntry> {
  const { cartId, createKey, createdWith } = entry
  if (typeof createIntent !== 'function') {
    throw new FarthingError('bad_option', 'createIntent must be a function.')
  }
  let created: CreatedIntent | undefined
  try {
    created = await createIntent(createKey, { cartId, ...createdWith })
  } catch (cause) {
    const says = 'The payment could not be started. Nothing was charged.'
    throw new FarthingError('create_failed', says, { cause })
  }
  if (typeof created?.clientSecret !== 'string') {
    const says = 'createIntent must resolve to { clientSecret }, with the text of client_secret.'
    throw new FarthingError('bad_option', says)
  }
  const { clientSecret, amount, currency = entry.currency } = created
  const id = intentIdOf(clientSecret)
  const isAgreed =
    String(amount) === String(entry.amount) && currency.toLowerCase() === entry.currency
  return journal.created(entry, { id, clientSecret, isAgreed })
}

/**
 * Makes sure that the intent is over the entry's amount, and has it changed where it is not. Answers
 * the intent instead where it is past changing.
 *
 * Rejects with `amount_mismatch`, `update_missing`, `update_failed` or `payment_in_progress`.
 */
export async function agree(
  { backend, journal }: Parties,
  unagreed: JournalEntry,
  { updateIntent }: Pick<MerchantCalls, 'updateIntent'>,
): Promise<{ entry: JournalEntry } | { intent: PaymentIntentView }> {
  const { clientSecret = '', update } = unagreed
  let entry = unagreed
  let failure: unknown
  if (update !== undefined && isTrusted({ sinceMs: update.sentAtMs, nowMs: Date.now() })) {
    // It may still be on its way, and must not arrive after the next one.
    failure = await change(entry, update, updateIntent)
  }
  let intent = await retrieve(backend, clientSecret)
  if (isMoved(entry, intent)) return { intent }
  // Where the old change is still on its way, only an intent that it has reached already can be trusted.
  const isFinished = update !== undefined && isSame(update, entry) && isOver(intent, entry)
  if (failure !== undefined && !isFinished) throw failure
  if (!isOver(intent, entry)) {
    if (updateIntent === undefined) throw cannotChange(entry)
    entry = await journal.updating(entry)
    // Another tab may have changed the cart, or be changing its intent.
    const begun = entry.update
    if (begun === undefined || !isSame(begun, unagreed) || !isSame(entry, unagreed)) {
      throw elsewhere()
    }
    failure = await change(entry, entry, updateIntent)
    intent = await retrieve(backend, clientSecret)
    if (isMoved(entry, intent)) return { intent }
    if (failure !== undefined && !isOver(intent, entry)) throw failure
  }
  const isAgreed = isOver(intent, entry)
  entry = await journal.updated(entry, { isAgreed })
  if (!isAgreed) throw mismatch()
  return { entry }
}

/** Asks for the change; answers why it may not have been made. */
async function change(
  entry: JournalEntry,
  { amount, currency }: Money,
  updateIntent: MerchantCalls['updateIntent'],
): Promise<FarthingError | undefined> {
  if (updateIntent === undefined) return cannotChange(entry)
  const { cartId, intentId = '' } = entry
  try {
    await updateIntent({ cartId, intentId, amount, currency, key: updateKey(entry) })
    return undefined
  } catch (cause) {
    const says = 'The payment could not be changed to the new amount. Nothing was charged.'
    return new FarthingError('update_failed', says, { cause })
  }
}

function cannotChange(entry: JournalEntry): FarthingError {
  // Where the page never asked for anything else, it is the server that has another price.
  if (isSame(entry, entry.createdWith)) return mismatch()
  const says = 'The cart has changed, but the page gave no updateIntent to change its payment with.'
  return new FarthingError('update_missing', says)
}

/** Somebody paid it, or it is being paid, or it never can be. */
function isMoved(entry: JournalEntry, { status }: PaymentIntentView): boolean {
  return readingOf(entry.phase, status, { sinceMs: 0, nowMs: 0 }) !== 'nothing'
}

function isOver({ amount, currency }: PaymentIntentView, entry: JournalEntry): boolean {
  return amount === entry.amount && currency === entry.currency
}

function isSame(a: Money, b: Money): boolean {
  return a.amount === b.amount && a.currency === b.currency
}

function mismatch(): FarthingError {
  return new FarthingError(
    'amount_mismatch',
    'The shop asks for another amount than the one shown. Nothing was charged.',
  )
}

/** The cart is not what this tab takes it for any more. */
export function elsewhere(): FarthingError {
  return new FarthingError(
    'payment_in_progress',
    'This cart was changed in another tab. Look there, or try again.',
  )
}
