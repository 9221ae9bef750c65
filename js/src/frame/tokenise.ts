/** Sends the card to the frame's own origin, the only place that it ever goes to. */
import { core, decimal } from '../core.js'
import type { WholeCard } from './typing.js'
import type { FieldName } from './fields.js'

const TIMEOUT_MS = 30_000

/** What became of it; for a refusal, the code, and the field it is about if it is about one. */
export type Outcome =
  | { kind: 'made'; paymentMethodId: string; brand: string; last4: string }
  | { kind: 'refused'; code: string; field: FieldName | undefined }
  | { kind: 'denied' }
  | { kind: 'unanswered' }

/** Makes a payment method of a card. Never throws. */
export async function makePaymentMethod(card: WholeCard, key: string): Promise<Outcome> {
  const body = new URLSearchParams({
    type: 'card',
    'card[number]': card.number,
    'card[exp_month]': String(card.month),
    'card[exp_year]': String(card.year),
    'card[cvc]': card.cvc,
  })
  try {
    // Relative to /farthing/frame: a backend behind a path of a proxy stays behind it.
    const response = await fetch(new URL('../v1/payment_methods', location.href), {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}` },
      body,
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const answer = await response.json()
    if (response.ok) {
      const { brand, last4 } = answer.card
      return { kind: 'made', paymentMethodId: answer.id, brand, last4 }
    }
    return refusal(response.status, answer?.error ?? {})
  } catch {
    return { kind: 'unanswered' }
  }
}

function refusal(status: number, error: Record<string, unknown>): Outcome {
  const { type, code, param } = error
  const field = fieldOf(param)
  if (type === 'card_error' || field !== undefined) {
    return { kind: 'refused', code: typeof code === 'string' ? code : 'card_declined', field }
  }
  const isUnknown = core((c) => c.answer_to_payment(decimal(status))) === 'unknown'
  return { kind: isUnknown ? 'unanswered' : 'denied' }
}

/** The field of a wire parameter: `exp_month`, `card[number]`, … */
function fieldOf(param: unknown): FieldName | undefined {
  const name = /(number|exp_month|exp_year|cvc)\]?$/.exec(String(param))?.[1]
  if (name === undefined) return undefined
  return name === 'number' || name === 'cvc' ? name : 'expiry'
}
