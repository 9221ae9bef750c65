/**
 * A payment intent as its client secret shows it.
 */
import { ask, fieldObject, fieldText, type Backend, type Json } from './api.js'
import { FarthingError } from './errors.js'

/** What a buyer's browser may know of an intent. */
export interface PaymentIntentView {
  id: string
  /** The wire's word: `succeeded`, `requires_action`, …. */
  status: string
  /** In minor units; absent where the server's number is past what JSON carries exactly. */
  amount: bigint | undefined
  /** Lower case. */
  currency: string | undefined
  /** What the buyer has to do when `status` is `requires_action`. */
  nextAction: NextAction | undefined
  /** Why the last attempt was declined. */
  lastDecline: Decline | undefined
}

/** What the buyer has to do: go to the bank's page, or be shown it in a dialog. */
export interface NextAction {
  kind: 'redirect' | 'challenge'
  /** An http(s) address. */
  url: string
}

/** Why a card was declined. */
export interface Decline {
  /** The wire's code: `card_declined`, `expired_card`, …. */
  code: string
  /** The issuer's reason, where it gave one: `insufficient_funds`, …. */
  declineCode: string | undefined
  /** A sentence for the buyer. */
  message: string
}

/** The intent's id, which is the front part of its client secret. Throws `bad_option`. */
export function intentIdOf(clientSecret: string): string {
  const end = typeof clientSecret === 'string' ? clientSecret.indexOf('_secret_') : 0
  if (end > 0) return clientSecret.slice(0, end)
  throw new FarthingError('bad_option', 'That is not the client secret of a payment intent.')
}

/** Asks the backend how an intent stands. Rejects with `request_refused` or `network_unreachable`. */
export async function retrieve(backend: Backend, clientSecret: string): Promise<PaymentIntentView> {
  const answer = await ask(backend, {
    method: 'GET',
    path: `/v1/payment_intents/${encodeURIComponent(intentIdOf(clientSecret))}`,
    params: { client_secret: clientSecret },
  })
  switch (answer.kind) {
    case 'accepted':
      if (isIntent(answer.body)) return viewOf(answer.body)
      throw new FarthingError('network_unreachable', 'The answer that came is no payment intent.')
    case 'declined':
    case 'refused':
      throw refusal(answer.body)
    case 'unknown':
      throw new FarthingError('network_unreachable', 'The payment service did not answer.', {
        cause: answer.cause,
      })
  }
}

/** Whether a body tells how an intent stands. */
export function isIntent(body: Json): boolean {
  return Boolean(fieldText(body, 'id') && fieldText(body, 'status'))
}

/** Reads the wire's shape. */
export function viewOf(body: Json): PaymentIntentView {
  const { amount } = body
  return {
    id: fieldText(body, 'id') ?? '',
    status: fieldText(body, 'status') ?? '',
    amount: Number.isSafeInteger(amount) ? BigInt(amount as number) : undefined,
    currency: fieldText(body, 'currency'),
    nextAction: nextActionOf(fieldObject(body, 'next_action')),
    lastDecline: body['last_payment_error']
      ? declineOf(fieldObject(body, 'last_payment_error'))
      : undefined,
  }
}

function nextActionOf(next: Json): NextAction | undefined {
  const inPage = fieldObject(next, 'use_stripe_sdk')
  const kind = fieldText(inPage, 'type') === 'farthing_challenge' ? 'challenge' : 'redirect'
  const url =
    fieldText(fieldObject(next, 'redirect_to_url'), 'url') ??
    fieldText(inPage, 'url') ??
    fieldText(inPage, 'stripe_js')
  // A page goes there unasked, so it must be a place, not a script.
  return url !== undefined && /^https?:\/\//i.test(url) ? { kind, url } : undefined
}

/** Reads the wire's card error. */
export function declineOf(error: Json): Decline {
  return {
    code: fieldText(error, 'code') ?? 'card_declined',
    declineCode: fieldText(error, 'decline_code'),
    message: fieldText(error, 'message') ?? 'Your card was declined.',
  }
}

/** The backend's refusal as an error of ours, with the backend's sentence. */
export function refusal(body: Json): FarthingError {
  const error = fieldObject(body, 'error')
  const message = fieldText(error, 'message') ?? 'The payment service refused the request.'
  return new FarthingError('request_refused', message, { cause: error })
}
