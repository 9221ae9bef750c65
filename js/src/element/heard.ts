/**
 * Reads what the frame says. Takes from a message only what the page is to know, whatever else it
 * carries; anything else is not understood, and ignored.
 */
import type { CardState, FromFrame, TokeniseFailure } from './protocol.js'

const HEIGHT_MAX_PX = 2_000
const FAILURES: readonly TokeniseFailure[] = [
  'card_incomplete',
  'card_refused',
  'network_unreachable',
  'request_refused',
]

/** The message, or undefined if it is none of the frame's. */
export function understood(data: unknown): FromFrame | undefined {
  if (typeof data !== 'object' || data === null) return undefined
  const said = data as Record<string, unknown>
  const { type, id, height } = said
  switch (type) {
    case 'mounted':
    case 'submit':
    case 'focus':
    case 'blur':
      return { type }
    case 'height':
      return isCount(height) && height <= HEIGHT_MAX_PX ? { type, height } : undefined
    case 'state':
      return { type, state: stateOf(said['state']) }
    case 'tokenised':
      return isCount(id) ? tokenised(id, said['card']) : undefined
    case 'failed':
      return isCount(id) ? { type, id, code: failureOf(said['code']) } : undefined
    default:
      return undefined
  }
}

function tokenised(id: number, card: unknown): FromFrame | undefined {
  const { paymentMethodId, brand, last4 } = recordOf(card)
  if (typeof paymentMethodId !== 'string' || !/^pm_\w{1,60}$/.test(paymentMethodId)) {
    return undefined
  }
  if (typeof last4 !== 'string' || !/^\d{4}$/.test(last4)) return undefined
  const known = { paymentMethodId, brand: wordOf(brand) ?? 'unknown', last4 }
  return { type: 'tokenised', id, card: known }
}

function stateOf(value: unknown): CardState {
  const { isComplete, isEmpty, brand, errorCode } = recordOf(value)
  return {
    isComplete: isComplete === true,
    isEmpty: isEmpty === true,
    brand: wordOf(brand) ?? 'unknown',
    errorCode: wordOf(errorCode),
  }
}

function failureOf(code: unknown): TokeniseFailure {
  return FAILURES.find((each) => each === code) ?? 'card_refused'
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

/** Letters only: a word can carry no digits. */
function wordOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^[a-z_]{1,40}$/.test(value) ? value : undefined
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0
}
