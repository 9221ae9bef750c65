/**
 * The journal: one entry per cart, written down before anything is sent, so that a second click, a
 * reload or a crash finds the same keys again. Creating always uses the entry's create key; attempt N
 * at paying always uses `createKey-N`, with the card it was first sent with; the N-th change of the
 * amount uses `createKey-uN`.
 *
 * An attempt moves on only by a definite answer. As long as nobody knows what became of it, its key
 * stays, because the same key is what makes asking again harmless. What may follow what is core's to
 * say (`journal-rules`); here it is written down.
 */
import { FarthingError } from './errors.js'
import { afterNews, demandOf, type News, type Phase } from './journal-rules.js'
import { newKey } from './key.js'
import type { Money } from './money.js'
import { openStore, type Persistence, type RecordStore } from './journal-store.js'

export type { News, Phase } from './journal-rules.js'
export type { Persistence } from './journal-store.js'

/** What is written down of one payment. */
export interface JournalEntry {
  readonly cartId: string
  /** What is to be paid, in minor units. */
  readonly amount: bigint
  /** Lower case. */
  readonly currency: string
  /** The idempotency key of the intent's creation. */
  readonly createKey: string
  /** What the create key was first used with; the intent may have been changed since. */
  readonly createdWith: Money
  /** The attempt at paying that is current, from 1. */
  readonly attempt: number
  readonly phase: Phase
  /** The intent is known to be over this amount and currency. Nothing is confirmed before it is. */
  readonly isAgreed: boolean
  /** When the entry was made, in milliseconds since the Unix epoch. */
  readonly startedAtMs: number
  /** When the current attempt was sent, in milliseconds since the Unix epoch. */
  readonly sentAtMs?: number
  readonly intentId?: string
  readonly clientSecret?: string
  /** The card that the current attempt was sent with. */
  readonly paymentMethodId?: string
  /** The return address that the current attempt was sent with. */
  readonly returnUrl?: string
  /** How many changes of the amount were begun. */
  readonly updates: number
  /** The change of the amount whose outcome is not known. */
  readonly update?: Money & { readonly sentAtMs: number }
  /** What a paid intent said of itself. */
  readonly paidAs?: 'succeeded' | 'requires_capture'
}

/** What is to be paid. */
export interface Begin {
  /** The order's own id: one cart is paid at most once. 1 to 200 characters. */
  cartId: string
  /** In minor units: cents for USD, yen for JPY. */
  amount: bigint
  /** A currency code in any letter case. */
  currency: string
}

/** What a confirmation is sent with. */
export interface Sending {
  paymentMethodId: string
  returnUrl?: string | undefined
}

/** What became of an attempt: news, and for a paid one the word the intent used. */
export type Outcome = Exclude<News, 'paid'> | 'succeeded' | 'requires_capture'

/** What an intent says was paid. */
export interface Paid {
  /** In minor units. */
  amount?: bigint | undefined
  currency?: string | undefined
}

/**
 * The payments of this shop that this browser has begun. Every method rejects with
 * `journal_unavailable` where the browser refuses to store, and with `journal_corrupt` where what it
 * kept cannot be read: nothing more is sent for the cart then.
 */
export interface Journal {
  /** Where it is kept, hence what it survives. */
  readonly persistence: Persistence
  /** The entry of a cart, if there is one. */
  read(cartId: string): Promise<JournalEntry | undefined>
  /**
   * Finds or makes the entry of a cart. Another amount is noted while no attempt is open, for the same
   * intent; otherwise it throws `payment_in_progress` or `already_paid`.
   */
  begin(what: Begin): Promise<JournalEntry>
  /** Notes the intent that the create key made, and whether it is over the entry's amount. */
  created(
    entry: JournalEntry,
    intent: { id: string; clientSecret: string; isAgreed?: boolean },
  ): Promise<JournalEntry>
  /**
   * Notes, before it happens, that the intent is about to be changed to the entry's amount. A change
   * that another tab has noted since stands instead: see the answer's `update`.
   */
  updating(entry: JournalEntry): Promise<JournalEntry>
  /** Notes what became of the change: whether the intent is now over the entry's amount. */
  updated(entry: JournalEntry, outcome: { isAgreed: boolean }): Promise<JournalEntry>
  /**
   * Notes, before it happens, what the attempt is sent with. What is noted first stands, whichever tab
   * it came from; throws `payment_in_progress` if the entry has moved on meanwhile.
   */
  sending(entry: JournalEntry, what: Sending): Promise<JournalEntry>
  /**
   * Notes what became of the attempt, and of a paid one what was paid, by the intent's own word. An
   * answer to an attempt that is no longer current is ignored.
   */
  settle(entry: JournalEntry, outcome: Outcome, paid?: Paid): Promise<JournalEntry>
  /**
   * Forgets the entry of an intent that can never be paid. An entry that was made since, under another
   * key, stays: what is known of the one says nothing of the other.
   */
  over(entry: JournalEntry): Promise<void>
  /** Forgets a cart: after its order is complete, or once it is certain what became of it. */
  forget(cartId: string): Promise<void>
}

/** How to open a journal. */
export interface JournalOptions {
  /** Name of the database; shops that share an origin need one each. @default 'farthing' */
  name?: string
  /** How long IndexedDB may take to open before localStorage is used, in milliseconds. @default 2000 */
  openTimeoutMs?: number
}

/**
 * Opens the journal in the best place there is; `persistence` says which. Journals of one name are one
 * journal, in memory too.
 */
export async function openJournal(options: JournalOptions = {}): Promise<Journal> {
  const { name = 'farthing', openTimeoutMs = 2_000 } = options
  return journalOver(await openStore<Stored>({ name, openTimeoutMs }))
}

/** The key under which the entry's current attempt is confirmed. */
export function confirmKey(entry: JournalEntry): string {
  return `${entry.createKey}-${entry.attempt}`
}

/** The key under which the entry's latest change of the amount is sent. */
export function updateKey(entry: JournalEntry): string {
  return `${entry.createKey}-u${entry.updates}`
}

/** A journal over a given store. @internal */
export function journalOver(store: RecordStore<Stored>): Journal {
  const change = async (
    cartId: string,
    next: (before: JournalEntry | undefined) => JournalEntry | undefined,
  ): Promise<JournalEntry | undefined> => {
    try {
      return load(await store.update(cartId, (before) => save(next(load(before)))))
    } catch (cause) {
      if (cause instanceof FarthingError) throw cause
      const says = 'The browser refused to store the payment, so nothing more was sent for it.'
      throw new FarthingError('journal_unavailable', says, { cause })
    }
  }
  const amend = async (
    entry: JournalEntry,
    next: (current: JournalEntry) => JournalEntry,
  ): Promise<JournalEntry> => {
    const after = await change(entry.cartId, (current) =>
      current !== undefined && isSameAttempt(current, entry) ? next(current) : current,
    )
    return after ?? entry
  }
  return {
    persistence: store.persistence,
    read: (cartId) => change(cartId, (before) => before),
    begin: async (what) => {
      const after = await change(what.cartId, (before) => begun(before, what))
      return after as JournalEntry // `begun` always answers an entry.
    },
    created: (entry, { id, clientSecret, isAgreed = false }) =>
      amend(entry, (current) => {
        // What is noted first stands: an entry has one intent for life, and an answer that comes after
        // it says nothing of what was changed since.
        if (current.intentId !== undefined) return current
        const agreed = isAgreed && isSameMoney(current, entry)
        return { ...current, intentId: id, clientSecret, isAgreed: agreed }
      }),
    updating: (entry) =>
      amend(entry, (current) => {
        const { amount, currency, updates } = current
        // Another tab has begun a change since: two of them at once could arrive in either order.
        if (updates !== entry.updates) return current
        const update = { amount, currency, sentAtMs: Date.now() }
        return { ...current, updates: updates + 1, update }
      }),
    updated: (entry, { isAgreed }) =>
      amend(entry, (current) => {
        if (current.updates !== entry.updates) return current
        const { update: _over, ...finished } = current
        return { ...finished, isAgreed: isAgreed && isSameMoney(current, entry) }
      }),
    sending: (entry, what) =>
      change(entry.cartId, (current) => sent(current, entry, what)) as Promise<JournalEntry>,
    settle: (entry, outcome, paid) => amend(entry, (current) => settled(current, outcome, paid)),
    over: async (entry) => {
      await change(entry.cartId, (current) =>
        current !== undefined && isSameIntent(current, entry) ? undefined : current,
      )
    },
    forget: async (cartId) => {
      await store.remove(cartId).catch((cause: unknown) => {
        const says = 'The browser refused to forget the payment.'
        throw new FarthingError('journal_unavailable', says, { cause })
      })
    },
  }
}

function begun(before: JournalEntry | undefined, what: Begin): JournalEntry {
  const asked = { amount: what.amount, currency: what.currency.toLowerCase() }
  if (before !== undefined) {
    const isSame = demandOf(before.phase, before, asked) === 'same'
    return isSame ? before : { ...before, ...asked, isAgreed: false }
  }
  return {
    cartId: what.cartId,
    ...asked,
    createKey: newKey(),
    createdWith: asked,
    attempt: 1,
    phase: 'ready',
    isAgreed: false,
    startedAtMs: Date.now(),
    updates: 0,
  }
}

/** The row decides: whatever a tab remembers, only what is written down here may be sent. */
function sent(
  current: JournalEntry | undefined,
  entry: JournalEntry,
  { paymentMethodId, returnUrl }: Sending,
): JournalEntry {
  const isCurrent =
    current !== undefined && isSameAttempt(current, entry) && isSameMoney(current, entry)
  if (!isCurrent || !current.isAgreed || current.update !== undefined) {
    throw new FarthingError(
      'payment_in_progress',
      'This cart is being paid in another tab. Look there, or try again.',
    )
  }
  if (current.phase !== 'ready') return current
  const address = returnUrl === undefined ? {} : { returnUrl }
  return { ...current, phase: 'sent', sentAtMs: Date.now(), paymentMethodId, ...address }
}

function settled(entry: JournalEntry, outcome: Outcome, paid: Paid = {}): JournalEntry {
  const isPaid = outcome === 'succeeded' || outcome === 'requires_capture'
  const next = afterNews(entry, isPaid ? 'paid' : outcome)
  if (isPaid) {
    const { amount = entry.amount, currency = entry.currency } = paid
    return { ...entry, ...next, amount, currency, paidAs: outcome }
  }
  if (next.phase !== 'ready') return { ...entry, ...next }
  const { paymentMethodId: _card, returnUrl: _address, sentAtMs: _when, ...unsent } = entry
  return { ...unsent, ...next }
}

function isSameAttempt(a: JournalEntry, b: JournalEntry): boolean {
  return a.createKey === b.createKey && a.attempt === b.attempt && a.phase !== 'done'
}

function isSameIntent(a: JournalEntry, b: JournalEntry): boolean {
  return a.createKey === b.createKey && a.intentId === b.intentId && a.phase !== 'done'
}

function isSameMoney(a: Money, b: Money): boolean {
  return a.amount === b.amount && a.currency === b.currency
}

/** An entry as it is stored: text instead of `bigint`, which JSON does not have. @internal */
export interface Stored {
  readonly version: typeof VERSION
  readonly [field: string]: unknown
}

/** Version of the stored form. */
const VERSION = 2

function save(entry: JournalEntry | undefined): Stored | undefined {
  if (entry === undefined) return undefined
  const { amount, createdWith, update } = entry
  return {
    ...entry,
    version: VERSION,
    amount: String(amount),
    createdWith: { ...createdWith, amount: String(createdWith.amount) },
    ...(update === undefined ? {} : { update: { ...update, amount: String(update.amount) } }),
  }
}

/**
 * Reads a stored entry, whole or not at all. Half of one is worse than none: it could name a key that
 * was never used, or forget one that was.
 */
function load(stored: unknown): JournalEntry | undefined {
  if (stored === undefined) return undefined
  const found = record(stored)
  if (found['version'] !== VERSION) throw corrupt()
  const { update, paidAs } = found
  if (paidAs !== undefined && paidAs !== 'succeeded' && paidAs !== 'requires_capture') {
    throw corrupt()
  }
  return {
    cartId: text(found['cartId']),
    ...money(found),
    createKey: text(found['createKey']),
    createdWith: money(record(found['createdWith'])),
    attempt: count(found['attempt']),
    phase: phase(found['phase']),
    isAgreed: found['isAgreed'] === true,
    startedAtMs: count(found['startedAtMs']),
    updates: count(found['updates']),
    ...optional('sentAtMs', found['sentAtMs'], count),
    ...optional('intentId', found['intentId'], text),
    ...optional('clientSecret', found['clientSecret'], text),
    ...optional('paymentMethodId', found['paymentMethodId'], text),
    ...optional('returnUrl', found['returnUrl'], text),
    ...optional('update', update, (kept) => {
      return { ...money(record(kept)), sentAtMs: count(record(kept)['sentAtMs']) }
    }),
    ...optional('paidAs', paidAs, (kept) => kept as 'succeeded' | 'requires_capture'),
  }
}

function optional<N extends string, V>(
  name: N,
  value: unknown,
  read: (value: unknown) => V,
): { [name in N]?: V } {
  return value === undefined ? {} : ({ [name]: read(value) } as { [name in N]?: V })
}

function record(value: unknown): { readonly [field: string]: unknown } {
  if (typeof value === 'object' && value !== null) return value as { [field: string]: unknown }
  throw corrupt()
}

function text(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw corrupt()
}

function count(value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
  throw corrupt()
}

function money(found: { readonly [field: string]: unknown }): Money {
  const { amount } = found
  if (typeof amount !== 'string' || !/^\d{1,19}$/.test(amount)) throw corrupt()
  return { amount: BigInt(amount), currency: text(found['currency']) }
}

function phase(value: unknown): Phase {
  if (value === 'ready' || value === 'sent' || value === 'waiting' || value === 'done') return value
  throw corrupt()
}

function corrupt(): FarthingError {
  return new FarthingError(
    'journal_corrupt',
    'What this browser noted of the payment cannot be read, so nothing more was sent for it. Find out from the server how the cart stands, then forget it.',
  )
}
