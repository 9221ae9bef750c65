/** Checkout for a page: a card frame, and a way to pay that no click or reload makes charge twice. */
import type { Backend } from './api.js'
import { FarthingError } from './errors.js'
import { mountFrame, type CardFrame, type CardFrameOptions } from './frame.js'
import { retrieve, type PaymentIntentView } from './intent.js'
import { openJournal, type Journal } from './journal.js'
import { validateCharge } from './money.js'
import { pay, resume, type ConfirmOptions, type Desk } from './payment.js'
import type { PaymentResult, ResumeResult } from './payment.js'

export type { CardFrame, CardFrameOptions, CardState, TokenisedCard } from './frame.js'
export type { Decline, PaymentIntentView } from './intent.js'
export type { ConfirmOptions, CreatedIntent, PaymentResult, ResumeResult } from './payment.js'

export interface FarthingOptions {
  /** `pk_test_…` or `pk_live_…`. */
  publishableKey: string
  /** Where the backend is: `https://pay.example.com`. */
  baseUrl: string
  /** @default the best journal this browser offers */
  journal?: Journal | Promise<Journal>
  /** @default the platform's */
  fetch?: typeof fetch
  /** How long to wait for one answer. @default 30000 */
  requestTimeoutMs?: number
  /** How often a confirmation is sent before its outcome is called unknown. @default 3 */
  triesMax?: number
}

/** What a page does with payments. */
export interface Farthing {
  /** Puts the card form into an element. The latest one mounted is the one that pays. */
  mountCardFrame(element: Element, options?: CardFrameOptions): Promise<CardFrame>
  /**
   * Pays a cart. Calling it again, in this page, after a reload or in another tab, never pays twice:
   * it joins, repeats or reports the payment that there is.
   */
  confirmPayment(options: ConfirmOptions): Promise<PaymentResult>
  /** How the payment of a cart stands: for a page that was just loaded. Never pays. */
  resume(cart: { cartId: string }): Promise<ResumeResult>
  /** The intent behind a client secret. */
  retrievePaymentIntent(clientSecret: string): Promise<PaymentIntentView>
  /** The journal: `persistence` says what it survives; `forget` a cart when its order is complete. */
  journal(): Promise<Journal>
}

/**
 * Makes a checkout. Nothing is loaded or stored before it is used.
 *
 * @example
 * const farthing = loadFarthing({ publishableKey: 'pk_test_…', baseUrl: 'https://pay.example.com' })
 * await farthing.mountCardFrame(document.querySelector('#card'))
 * const result = await farthing.confirmPayment({ cartId, amount: 1234n, currency: 'usd', createIntent })
 */
export function loadFarthing(options: FarthingOptions): Farthing {
  const { publishableKey, requestTimeoutMs = 30_000, triesMax = 3 } = options
  const baseUrl = baseOf(options.baseUrl)
  if (!publishableKey.startsWith('pk_')) {
    throw new FarthingError('bad_option', 'A page needs a publishable key: pk_test_… or pk_live_….')
  }
  const send = options.fetch ?? ((...request) => fetch(...request))
  const backend: Backend = { baseUrl, publishableKey, fetch: send, requestTimeoutMs }
  let journal: Promise<Journal> | undefined
  let frame: CardFrame | undefined
  const openedJournal = (): Promise<Journal> =>
    (journal ??= Promise.resolve(options.journal ?? openJournal()))
  const tokenise = async (): Promise<{ paymentMethodId: string }> => {
    if (frame !== undefined) return frame.tokenise()
    throw new FarthingError('frame_missing', 'Mount the card frame before paying.')
  }
  const desk = async (): Promise<Desk> => {
    return { backend, journal: await openedJournal(), tokenise, triesMax, wait }
  }
  const underWay = new Map<string, { what: string; result: Promise<PaymentResult> }>()

  return {
    mountCardFrame: async (element, frameOptions = {}) => {
      frame = await mountFrame(element, backend, frameOptions)
      return frame
    },
    confirmPayment: async (payment) => {
      const { cartId, amount, currency } = payment
      validateCharge({ amount, currency })
      const what = `${amount} ${currency.toLowerCase()}`
      const same = underWay.get(cartId)
      if (same?.what === what) return same.result
      if (same !== undefined) throw inProgress()
      const result = desk().then((ready) => alone(cartId, () => pay(ready, payment)))
      underWay.set(cartId, { what, result })
      return result.finally(() => underWay.delete(cartId))
    },
    resume: async ({ cartId }) => resume(await desk(), cartId),
    retrievePaymentIntent: (clientSecret) => retrieve(backend, clientSecret),
    journal: openedJournal,
  }
}

/** One tab at a time per cart, where the browser can see to it; the journal holds where it cannot. */
function alone<T>(cartId: string, work: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks
  return locks === undefined ? work() : locks.request(`farthing:${cartId}`, work)
}

function baseOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return text.replace(/\/+$/, '')
  throw new FarthingError('bad_option', 'baseUrl must be an http(s) address.')
}

function inProgress(): FarthingError {
  return new FarthingError(
    'payment_in_progress',
    'A payment of another amount is under way for this cart. Wait for its outcome first.',
  )
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
export { FarthingError, type FarthingErrorCode } from './errors.js'
