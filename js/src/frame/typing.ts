/**
 * What is typed, read by the core with every key: brand, grouping, what is wrong. Nothing here knows
 * a rule of cards; it asks, and keeps the answers.
 */
import { checkCvc, checkExpiry, checkNumber, typedExpiry, typedNumber } from '../card.js'
import { FarthingError } from '../errors.js'
import { FIELD_NAMES, show, type FieldName, type Form } from './fields.js'

/** A card that the core has found nothing wrong with. */
export interface WholeCard {
  number: string
  month: number
  year: number
  cvc: string
}

export interface Typing {
  brand(): string
  isEmpty(): boolean
  /** The code of what is wrong with a field, or undefined. */
  fault(name: FieldName): string | undefined
  /** Throws the core's error for a card with a fault: ask for faults first. */
  card(): WholeCard
}

/** Reads the fields from now on; calls back after every change, with the field that changed. */
export function readTyping({ fields }: Form, onEdit: (name: FieldName) => void): Typing {
  const { number, expiry, cvc } = fields
  let typed = typedNumber('')
  let good = typedExpiry('')
  let cvcMax = longestCvc(typed.brand)

  number.input.addEventListener('input', () => {
    const { brand } = typed
    typed = typedNumber(plain(number.input.value))
    show(number.input, typed.shown)
    if (typed.brand !== brand) cvcMax = longestCvc(typed.brand)
    onEdit('number')
  })
  expiry.input.addEventListener('input', (event) => {
    const { inputType = '' } = event as InputEvent
    good = typedExpiry(plain(expiry.input.value), { deleting: inputType.startsWith('delete') })
    show(expiry.input, good.shown)
    onEdit('expiry')
  })
  cvc.input.addEventListener('input', () => {
    const digits = plain(cvc.input.value).replace(/\D/g, '')
    show(cvc.input, digits.slice(0, cvcMax))
    onEdit('cvc')
  })

  const check: Record<FieldName, () => void> = {
    number: () => void checkNumber(typed.digits),
    expiry: () => void checkExpiry(good),
    cvc: () => checkCvc(typed.brand, cvc.input.value),
  }
  return {
    brand: () => typed.brand,
    isEmpty: () => FIELD_NAMES.every((name) => fields[name].input.value === ''),
    fault: (name) => {
      if (fields[name].input.value === '') return `incomplete_${name}`
      // Half an expiry is no month and no year; the core has nothing to check yet.
      if (name === 'expiry' && good.month === '') return 'incomplete_expiry'
      try {
        check[name]()
        return undefined
      } catch (error) {
        if (error instanceof FarthingError) return error.code
        throw error
      }
    },
    card: () => {
      return { number: typed.digits, ...checkExpiry(good), cvc: cvc.input.value }
    },
  }
}

/** Longer than any code: how far {@link longestCvc} looks. */
const CVC_DIGITS_MAX = 6

/**
 * The most digits that the core takes for a brand's code. Asked, since a code may be typed before the
 * number: then the brand is not known, and the longest of all must fit.
 */
function longestCvc(brand: string): number {
  for (let length = CVC_DIGITS_MAX; length > 0; length -= 1) {
    try {
      checkCvc(brand, '0'.repeat(length))
      return length
    } catch (error) {
      if (!(error instanceof FarthingError)) throw error
    }
  }
  return CVC_DIGITS_MAX
}

/** Full-width digits, as Japanese keyboards type them, are digits. */
function plain(text: string): string {
  return text.normalize('NFKC')
}
