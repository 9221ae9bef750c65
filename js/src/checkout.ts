/** Checkout for a page: the card's element, and a way to pay that no click or reload makes charge twice. */
import type { MerchantCalls } from './agreement.js'
import type { Backend } from './api.js'
import { showChallenge } from './challenge.js'
import { ready } from './core.js'
import {
  connectCardElements,
  type FarthingCardElement,
  type TokenisedCard,
} from './element/index.js'
import { FarthingError } from './errors.js'
import { retrieve, type NextAction, type PaymentIntentView } from './intent.js'
import { openJournal, type Begin, type Journal, type Persistence } from './journal.js'
import { demandOf } from './journal-rules.js'
import { validateCharge } from './money.js'
import { patience, times } from './options.js'
import { giveUp, pay, standing, type Desk } from './payment.js'
import type { CartStanding, PaymentStanding } from './payment.js'

export type {
  CardState,
  Connection,
  FarthingCardElement,
  FarthingCardEventMap,
  ThemeChoice,
  TokenisedCard,
} from './element/index.js'
export { registerCardElement } from './element/index.js'
export type { CreatedIntent, CreateRequest, MerchantCalls, UpdateRequest } from './agreement.js'
export type { Decline, NextAction, PaymentIntentView } from './intent.js'
export type { Persistence } from './journal.js'
export type { CartStanding, PaymentStanding } from './payment.js'

/** Where the backend is, and how patient to be with it. */
export interface FarthingOptions {
  /** Where the backend is: `https://pay.example.com`. */
  apiBase: string
  /** @default the best journal this browser offers */
  journal?: Journal | Promise<Journal>
  /** @default the platform's */
  fetch?: typeof fetch
  /** How long to wait for one answer, in milliseconds: 1 to 2147483647. @default 30000 */
  requestTimeoutMs?: number
  /** How often a confirmation is sent before its outcome is called unknown, 1 or more. @default 3 */
  triesMax?: number
  /** How long the buyer may take over the bank's question, in milliseconds: 1 to 2147483647. @default 600000 */
  challengeTimeoutMs?: number
}

/**
 * Who leads the buyer to the bank.
 * - `if_required`: this package. It leaves the page where a `returnUrl` was given, and shows a dialog
 *   where none was.
 * - `manual`: the caller, by `nextAction`, or by `handleNextAction` when it suits.
 */
export type RedirectChoice = 'if_required' | 'manual'

/** What is to be paid, by what, and through whom. */
export interface ConfirmOptions extends Begin, MerchantCalls {
  /** The card that was typed. */
  element?: Pick<FarthingCardElement, 'createPaymentMethod'> | undefined
  /** A payment method that exists already, instead of an element. */
  paymentMethodId?: string | undefined
  /**
   * Where the buyer returns to after authenticating at the bank's own page. Without it the bank's
   * question is shown in a dialog over this page.
   */
  returnUrl?: string | undefined
  /** @default 'if_required' */
  redirect?: RedirectChoice | undefined
  /**
   * What to do with a question of the bank's that an earlier attempt left open: put it to the buyer
   * again, or give it up and begin the next attempt with the card given now.
   * @default 'continue'
   */
  openAction?: 'continue' | 'replace' | undefined
}

/** A cart to ask about. */
export interface ResumeOptions {
  cartId: string
  /** As for `confirmPayment`: asks for the intent again where the page never learned of it. */
  createIntent?: MerchantCalls['createIntent'] | undefined
}

/**
 * How a payment stands, and where it is written down: `persistence: 'memory'` says that the browser
 * stores nothing, so a reload or a second tab knows nothing of this payment.
 */
export type PaymentResult = PaymentStanding & { persistence: Persistence }

/** How the payment of a cart stands; `none`: nothing is written down. */
export type ResumeResult = (CartStanding | { status: 'none' }) & { persistence: Persistence }

/** What a page does with payments. */
export interface Farthing {
  /**
   * Turns the card typed into an element into a payment method. Takes the element, never a number.
   *
   * Rejects with `card_incomplete`, `card_refused`, `network_unreachable` or one of `frame_…`.
   */
  createPaymentMethod(card: {
    element: Pick<FarthingCardElement, 'createPaymentMethod'>
  }): Promise<TokenisedCard>
  /**
   * Pays a cart. Calling it again, in this page, after a reload or in another tab, never pays twice:
   * it joins, repeats or reports the payment that there is.
   *
   * Rejects with a code that says what to tell the buyer: `outcome_unknown` (ask again, it is safe),
   * `payment_in_progress`, `already_paid`, `amount_mismatch`, `create_failed`, `update_missing`,
   * `update_failed`, `network_unreachable`, `request_refused`, `card_incomplete`, `card_refused`,
   * `journal_unavailable`, `journal_corrupt`, `frame_missing`, `frame_unreachable`, `frame_gone`,
   * `bad_option`, or one of `amount_…` and `currency_…`.
   */
  confirmPayment(options: ConfirmOptions): Promise<PaymentResult>
  /**
   * Leads the buyer through what an intent still asks for, and answers the intent as the server tells
   * it afterwards; still `requires_action` if the buyer gave up. Where the bank's page is a redirect
   * the page is left, unless `redirect` is `manual`; `resume` tells the outcome after the return.
   *
   * Rejects with `network_unreachable`, `request_refused` or `bad_option`.
   */
  handleNextAction(options: {
    clientSecret: string
    redirect?: RedirectChoice | undefined
  }): Promise<PaymentIntentView>
  /** The intent behind a client secret. Rejects with `network_unreachable` or `request_refused`. */
  retrievePaymentIntent(clientSecret: string): Promise<PaymentIntentView>
  /**
   * How the payment of a cart stands, from the journal and the server: for a page that was just loaded
   * or come back to. Never confirms anything.
   *
   * Rejects with `outcome_unknown` or `network_unreachable` where the server does not answer, with
   * `create_failed`, and with `journal_unavailable` or `journal_corrupt`.
   */
  resume(options: ResumeOptions): Promise<ResumeResult>
  /** The journal: `persistence` says what it survives; `forget` a cart when its order is complete. */
  journal(): Promise<Journal>
}

/**
 * Makes a checkout: registers `<farthing-card>` and connects every one in the page, those to come
 * included. Loading twice is harmless; elements use what was loaded last.
 *
 * Rejects with `bad_option` for a key that is not publishable, an address that is not http(s), or a
 * number out of its range.
 *
 * @example
 * const farthing = await loadFarthing('pk_test_…', { apiBase: 'https://pay.example.com' })
 * const element = document.querySelector('farthing-card')
 * const result = await farthing.confirmPayment({ cartId, amount: 1234n, currency: 'usd', createIntent, element })
 */
export async function loadFarthing(
  publishableKey: string,
  options: FarthingOptions,
): Promise<Farthing> {
  // Whoever writes no types may forget them.
  const given = options ?? { apiBase: '' }
  const backend = backendOf(publishableKey, given)
  const { triesMax = 3, challengeTimeoutMs = 600_000 } = given
  times('triesMax', triesMax, { min: 1 })
  patience('challengeTimeoutMs', challengeTimeoutMs)
  await ready()
  connectCardElements({ apiBase: backend.apiBase, publishableKey })
  let journal: Promise<Journal> | undefined
  const openedJournal = (): Promise<Journal> =>
    (journal ??= Promise.resolve(given.journal ?? openJournal()))
  const desk = async (tokenise: Desk['tokenise'] = noCard): Promise<Desk> => {
    return { backend, journal: await openedJournal(), tokenise, triesMax, wait }
  }
  const act = (action: NextAction | undefined, clientSecret: string): Promise<boolean> =>
    lead(action, {
      timeoutMs: challengeTimeoutMs,
      isOpen: async () => (await retrieve(backend, clientSecret)).status === 'requires_action',
    })
  const confirm = async (payment: ConfirmOptions): Promise<PaymentResult> => {
    const { cartId, redirect = 'if_required' } = payment
    const own = await desk(() => cardOf(payment))
    const { persistence } = own.journal
    const result = await alone(cartId, () => pay(own, payment))
    if (result.status !== 'requires_action' || redirect === 'manual') {
      return { ...result, persistence }
    }
    const isStaying = await act(result.nextAction, result.clientSecret)
    if (!isStaying) return { ...result, persistence }
    const { clientSecret } = result
    return { ...(await giveUp(own, { cartId, clientSecret })), persistence }
  }
  const underWay = new Map<string, { payment: ConfirmOptions; result: Promise<PaymentResult> }>()

  return {
    createPaymentMethod: async ({ element }) => tokenised(element),
    confirmPayment: async (payment) => {
      const { cartId, amount, currency } = payment
      validateCharge({ amount, currency })
      if (typeof cartId !== 'string' || cartId === '' || cartId.length > 200) {
        throw new FarthingError('bad_option', 'A cart id is a text of 1 to 200 characters.')
      }
      const same = underWay.get(cartId)
      if (same !== undefined) {
        demandOf('sent', same.payment, payment) // Throws unless it is the same amount.
        return same.result
      }
      const result = confirm(payment).finally(() => underWay.delete(cartId))
      underWay.set(cartId, { payment, result })
      return result
    },
    handleNextAction: async ({ clientSecret, redirect = 'if_required' }) => {
      const intent = await retrieve(backend, clientSecret)
      if (intent.status !== 'requires_action') return intent
      if (redirect === 'manual' && intent.nextAction?.kind === 'redirect') return intent
      return (await act(intent.nextAction, clientSecret)) ? retrieve(backend, clientSecret) : intent
    },
    retrievePaymentIntent: (clientSecret) => retrieve(backend, clientSecret),
    resume: async (cart) => {
      const own = await desk()
      return { ...(await standing(own, cart)), persistence: own.journal.persistence }
    },
    journal: openedJournal,
  }
}

/** Leads the buyer to the bank; answers whether this page stays, so that it can ask how it went. */
async function lead(
  action: NextAction | undefined,
  question: { timeoutMs: number; isOpen: () => Promise<boolean> },
): Promise<boolean> {
  if (action === undefined) return false
  if (action.kind === 'redirect') {
    globalThis.location?.assign(action.url)
    return false
  }
  await showChallenge({ url: action.url, ...question })
  return true
}

function cardOf({
  element,
  paymentMethodId,
}: ConfirmOptions): Promise<{ paymentMethodId: string }> {
  if (paymentMethodId !== undefined) return Promise.resolve({ paymentMethodId })
  return element === undefined ? noCard() : tokenised(element)
}

function tokenised(
  element: Pick<FarthingCardElement, 'createPaymentMethod'>,
): Promise<TokenisedCard> {
  if (typeof element?.createPaymentMethod === 'function') return element.createPaymentMethod()
  const says = 'A payment method is made from a <farthing-card> element, and from nothing else.'
  return Promise.reject(new FarthingError('bad_option', says))
}

function noCard(): Promise<never> {
  const says = 'There is nothing to pay with: give an element or a payment method.'
  return Promise.reject(new FarthingError('frame_missing', says))
}

/** How long another tab's payment is waited for before the journal alone keeps the two apart. */
const LOCK_WAIT_MS = 5_000

/**
 * One tab at a time per cart, where the browser can see to it. The lock saves waiting and repeated
 * requests; that there is one payment is the journal's doing, with or without it.
 */
async function alone<T>(cartId: string, work: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks
  if (locks === undefined) return work()
  let isGranted = false
  try {
    const signal = AbortSignal.timeout(LOCK_WAIT_MS)
    return await locks.request(`farthing:${cartId}`, { signal }, () => {
      isGranted = true
      return work()
    })
  } catch (thrown) {
    if (isGranted) throw thrown
    return work()
  }
}

function backendOf(publishableKey: string, options: FarthingOptions): Backend {
  if (typeof publishableKey !== 'string' || !publishableKey.startsWith('pk_')) {
    throw new FarthingError('bad_option', 'A page needs a publishable key: pk_test_… or pk_live_….')
  }
  const { apiBase, requestTimeoutMs = 30_000 } = options
  const url = URL.canParse(apiBase) ? new URL(apiBase) : undefined
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new FarthingError('bad_option', 'apiBase must be an http(s) address.')
  }
  return {
    apiBase: apiBase.replace(/\/+$/, ''),
    publishableKey,
    fetch: options.fetch ?? ((...request) => fetch(...request)),
    requestTimeoutMs: patience('requestTimeoutMs', requestTimeoutMs),
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
export { FarthingError, type FarthingErrorCode } from './errors.js'
export { ready } from './ready.js'
