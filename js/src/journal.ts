/**
 * The journal: one entry per cart, written down before anything is sent, so that a second click, a
 * reload or a crash finds the same keys again. Creating always uses the entry's create key; attempt N
 * at paying always uses `createKey-N`, with the card it was first sent with.
 *
 * An attempt moves on only by a definite answer. As long as nobody knows what became of it, its key
 * stays, because the same key is what makes asking again harmless.
 */
import { core } from './core.js'
import { FarthingError } from './errors.js'
import { openStore, type Persistence, type RecordStore } from './journal-store.js'

export type { Persistence } from './journal-store.js'

/**
 * How far the current attempt is.
 * - `ready`: nothing was sent under its key.
 * - `sent`: a confirmation left, and no answer is known.
 * - `waiting`: accepted; the buyer or the network has something left to do.
 * - `done`: paid.
 */
export type Phase = 'ready' | 'sent' | 'waiting' | 'done'

/** What is written down of one payment. */
export interface JournalEntry {
  readonly cartId: string
  /** In minor units. */
  readonly amount: bigint
  /** Lower case. */
  readonly currency: string
  /** The idempotency key of the intent's creation. */
  readonly createKey: string
  /** The attempt at paying that is current, from 1. */
  readonly attempt: number
  readonly phase: Phase
  readonly intentId?: string
  readonly clientSecret?: string
  /** The card that the current attempt was sent with. */
  readonly paymentMethodId?: string
  /** The return address that the current attempt was sent with. */
  readonly returnUrl?: string
  /** What a paid intent said of itself. */
  readonly paidAs?: 'succeeded' | 'requires_capture'
}

/** What is to be paid. */
export interface Begin {
  cartId: string
  amount: bigint
  currency: string
}

/** What a confirmation is sent with. */
export interface Sending {
  paymentMethodId: string
  returnUrl?: string | undefined
}

/** What became of an attempt. `refused`: it was turned away before anything happened. */
export type Outcome = 'declined' | 'refused' | 'waiting' | 'succeeded' | 'requires_capture'

/** The payments of this shop that this browser has begun. */
export interface Journal {
  /** Where it is kept, hence what it survives. */
  readonly persistence: Persistence
  /** The entry of a cart, if there is one. */
  read(cartId: string): Promise<JournalEntry | undefined>
  /**
   * Finds or makes the entry of a cart. An amount or currency that differs starts afresh while nothing
   * was sent; afterwards it throws `payment_in_progress` or `already_paid`.
   */
  begin(what: Begin): Promise<JournalEntry>
  /** Notes the intent that the create key made. */
  created(entry: JournalEntry, intent: { id: string; clientSecret: string }): Promise<JournalEntry>
  /** Notes, before it happens, what the attempt is sent with. What is noted first stands. */
  sending(entry: JournalEntry, what: Sending): Promise<JournalEntry>
  /** Notes what became of the attempt. An answer to an attempt that is no longer current is ignored. */
  settle(entry: JournalEntry, outcome: Outcome): Promise<JournalEntry>
  /** Forgets a cart: after its order is complete. */
  forget(cartId: string): Promise<void>
}

export interface JournalOptions {
  /** Name of the database; shops that share an origin need one each. @default 'farthing' */
  name?: string
}

/** Opens the journal in the best place there is; `persistence` says which. */
export async function openJournal(options: JournalOptions = {}): Promise<Journal> {
  return journalOver(await openStore<Stored>(options.name ?? 'farthing'))
}

/** The key under which the entry's current attempt is confirmed. */
export function confirmKey(entry: JournalEntry): string {
  return `${entry.createKey}-${entry.attempt}`
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
      throw new FarthingError('journal_unavailable', 'The browser refused to store the payment.', {
        cause,
      })
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
    created: (entry, { id, clientSecret }) =>
      amend(entry, (current) => ({ ...current, intentId: id, clientSecret })),
    sending: (entry, { paymentMethodId, returnUrl }) =>
      amend(entry, (current) => {
        if (current.phase !== 'ready') return current
        const address = returnUrl === undefined ? {} : { returnUrl }
        return { ...current, phase: 'sent', paymentMethodId, ...address }
      }),
    settle: (entry, outcome) => amend(entry, (current) => settled(current, outcome)),
    forget: async (cartId) => void (await change(cartId, () => undefined)),
  }
}

function begun(before: JournalEntry | undefined, what: Begin): JournalEntry {
  const currency = what.currency.toLowerCase()
  const isSame = before?.amount === what.amount && before.currency === currency
  if (before !== undefined && isSame) return before
  if (before?.phase === 'done') {
    throw new FarthingError(
      'already_paid',
      'This cart is already paid, with another amount. Give the new order a new cart id.',
    )
  }
  if (before !== undefined && before.phase !== 'ready') {
    throw new FarthingError(
      'payment_in_progress',
      'A payment of another amount is under way for this cart. Wait for its outcome first.',
    )
  }
  const createKey = core((c) => c.key_generate(crypto.getRandomValues(new Uint8Array(16))))
  return {
    cartId: what.cartId,
    amount: what.amount,
    currency,
    createKey,
    attempt: 1,
    phase: 'ready',
  }
}

function settled(entry: JournalEntry, outcome: Outcome): JournalEntry {
  const { paymentMethodId: _card, returnUrl: _address, ...unsent } = entry
  switch (outcome) {
    case 'declined':
      return { ...unsent, attempt: entry.attempt + 1, phase: 'ready' }
    case 'refused':
      return { ...unsent, phase: 'ready' }
    case 'waiting':
      return { ...entry, phase: 'waiting' }
    case 'succeeded':
    case 'requires_capture':
      return { ...entry, phase: 'done', paidAs: outcome }
  }
}

function isSameAttempt(a: JournalEntry, b: JournalEntry): boolean {
  return a.createKey === b.createKey && a.attempt === b.attempt && a.phase !== 'done'
}

/** An entry as it is stored: text instead of `bigint`, which JSON does not have. @internal */
export type Stored = Omit<JournalEntry, 'amount'> & { readonly amount: string }

function load(stored: Stored | undefined): JournalEntry | undefined {
  return stored && { ...stored, amount: BigInt(stored.amount) }
}

function save(entry: JournalEntry | undefined): Stored | undefined {
  return entry && { ...entry, amount: entry.amount.toString() }
}
