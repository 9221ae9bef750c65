// What a merchant might write; it is type-checked against the declarations that are shipped.
import { FarthingError, parseMoney, type FarthingErrorCode } from '@farthing/sdk/money'
import { loadFarthing, type PaymentResult, type ResumeResult } from '@farthing/sdk/checkout'
import { newKey, openJournal, type Journal } from '@farthing/sdk/idempotency'
import { createVerifier, type Verifier, webhooks, type WebhookEvent } from '@farthing/sdk/webhooks'
import * as everything from '@farthing/sdk'

const amount: bigint = parseMoney('71.87', 'usd')
const farthing = await loadFarthing('pk_test_1', { apiBase: 'https://pay.example.com' })

export async function pay(cartId: string): Promise<string> {
  const result: PaymentResult = await farthing.confirmPayment({
    cartId,
    amount,
    currency: 'usd',
    createIntent: async (key) => ({ clientSecret: key }),
  })
  switch (result.status) {
    case 'declined':
      return result.message
    case 'requires_action':
      return result.nextAction?.url ?? ''
    case 'succeeded':
    case 'requires_capture':
    case 'processing':
    case 'canceled':
    case 'abandoned':
      return result.intentId
  }
}

export async function look(cartId: string): Promise<boolean> {
  const standing: ResumeResult = await farthing.resume({ cartId })
  const journal: Journal = await openJournal()
  return standing.status === 'requires_payment' && journal.persistence === 'indexeddb'
}

const verifier: Verifier<'stripe'> = createVerifier({
  scheme: 'stripe',
  secrets: [{ label: 'new', secret: 'whsec_1' }, 'whsec_2'],
})

export function read(payload: Uint8Array, headers: Headers): WebhookEvent | FarthingErrorCode {
  try {
    const { event, timestampMs, secretLabel } = verifier.verify(payload, headers)
    const label: string = secretLabel
    const ms: number = timestampMs
    return ms > 0 ? event : webhooks.constructEvent(payload, label, 'whsec_1', 300)
  } catch (error) {
    if (error instanceof FarthingError) return error.code
    throw error
  }
}

// @ts-expect-error: an amount is a bigint.
everything.formatMoney({ amount: 71.87, currency: 'usd' })
// @ts-expect-error: one secret or several, not neither.
everything.createVerifier({ scheme: 'stripe' })
// @ts-expect-error: parsed JSON has lost its bytes.
verifier.verify({ id: 'evt_1' }, '')
export const key: string = newKey()
