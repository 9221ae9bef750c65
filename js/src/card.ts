/** Card numbers as they are typed. For the card frame; a merchant's page has no use for it. */
import { core, decimal } from './core.js'

/** What the digits so far say about a card. */
export interface CardFacts {
  /** `visa`, `mastercard`, `amex`, `discover`, `diners`, `jcb`, `unionpay` or `unknown`. */
  brand: string
  lengths: number[]
  groups: number[]
  cvcLength: number
}

/** A number field after a key press. */
export interface TypedNumber {
  digits: string
  /** The digits, grouped as the brand prints them. */
  shown: string
  brand: string
  cvcLength: number
  /** The number has a valid length and check digit. */
  complete: boolean
}

/** An expiry field after a key press; month and year are empty until typed in full. */
export interface TypedExpiry {
  shown: string
  month: string
  year: string
}

/** Brand, lengths, groups and CVC length for a number or the beginning of one. */
export function cardFacts(digits: string): CardFacts {
  return core((c) => c.card_facts(digits)) as CardFacts
}

/** The Luhn check. */
export function luhn(digits: string): boolean {
  return core((c) => c.card_luhn(digits))
}

/** Checks a whole number and answers its brand. */
export function checkNumber(digits: string): string {
  return core((c) => c.card_check_number(digits))
}

/** Checks a CVC against a brand. */
export function checkCvc(brand: string, cvc: string): void {
  core((c) => c.card_check_cvc(brand, cvc))
}

/** Checks an expiry at a moment; two-digit years mean this century. */
export function checkExpiry(options: { month: string; year: string; nowMs?: number }): {
  month: number
  year: number
} {
  const { month, year, nowMs = Date.now() } = options
  return core((c) => c.card_check_expiry(month, year, decimal(nowMs))) as {
    month: number
    year: number
  }
}

/** Reads a number field as it is typed or pasted. */
export function typedNumber(text: string): TypedNumber {
  return core((c) => c.card_typed_number(text)) as TypedNumber
}

/** Reads an expiry field as it is typed or pasted; `deleting` keeps the separator from coming back. */
export function typedExpiry(text: string, options: { deleting?: boolean } = {}): TypedExpiry {
  return core((c) => c.card_typed_expiry(text, options.deleting ?? false)) as TypedExpiry
}
export { ready } from './ready.js'
