/** Amounts in the smallest unit of their currency, as `bigint`: cents for USD, yen for JPY. */
import { core } from './core.js'
import { FarthingError } from './errors.js'

/** An amount of one currency, in minor units. */
export interface Money {
  amount: bigint
  /** Three or four letters, any case. */
  currency: string
}

/** What is known of one currency. */
export interface CurrencyFacts {
  /** Lower-case code. */
  code: string
  /** Digits after the point, as the wire counts them. */
  exponent: number
  /** Digits after the point in ISO 4217, where the currency is in it. */
  isoExponent: number | undefined
  /** Smallest step of an amount that can be charged, in minor units. */
  quantum: bigint
  /** Smallest step of an amount that can be paid out, in minor units. */
  payoutQuantum: bigint
  /** Smallest amount that can be charged, in minor units, where the currency settles itself. */
  minimum: bigint | undefined
  /** No longer in ISO 4217. */
  withdrawn: boolean
}

/**
 * Reads an amount as people write it: `parseMoney('12.34', 'usd')` is `1234n`.
 * ASCII digits and at most one point; no sign, no grouping, no more decimals than the currency has.
 */
export function parseMoney(text: string, currency: string): bigint {
  return BigInt(core((c) => c.money_parse(text, currency)))
}

/** Writes an amount in major units, without symbol or grouping: `12.34`. */
export function formatMoney({ amount, currency }: Money): string {
  return core((c) => c.money_format(minorText(amount), currency))
}

/**
 * Writes an amount for people, in the manner of a locale: `$12.34`.
 * The digits are core's; only symbol, grouping and marks are the runtime's.
 */
export function displayMoney(
  { amount, currency }: Money,
  options: { locale?: string } = {},
): string {
  const { exponent } = currencyFacts(currency)
  const format = new Intl.NumberFormat(options.locale, {
    style: 'currency',
    currency: currency.length === 3 ? currency : 'XXX',
    minimumFractionDigits: exponent,
    maximumFractionDigits: exponent,
  })
  // A decimal string keeps every digit; the declared type is older than the language's rule.
  return format.format(formatMoney({ amount, currency }) as unknown as number)
}

/** Throws unless the amount can be charged: minimum, maximum and smallest step of its currency. */
export function validateCharge({ amount, currency }: Money): void {
  core((c) => c.money_check_charge(minorText(amount), currency))
}

/** Splits an amount by weights; the parts add up to it exactly. */
export function allocateMoney(
  { amount, currency }: Money,
  weights: readonly (number | bigint)[],
): bigint[] {
  const parts = core((c) => c.money_allocate(minorText(amount), currency, weights.map(String)))
  return parts.map(BigInt)
}

/** The facts of one currency. */
export function currencyFacts(code: string): CurrencyFacts {
  const facts = core((c) => c.currency_facts(code)) as Wire
  return {
    ...facts,
    quantum: BigInt(facts.quantum),
    payoutQuantum: BigInt(facts.payoutQuantum),
    minimum: facts.minimum === undefined ? undefined : BigInt(facts.minimum),
  }
}

/** Every currency code, lower case, in the wire's listed order. */
export function currencyCodes(): string[] {
  return core((c) => c.currency_codes())
}

/** Version of the currency table inside. */
export function currencyTableVersion(): string {
  return core((c) => c.currency_table_version())
}

interface Wire {
  code: string
  exponent: number
  isoExponent: number | undefined
  quantum: string
  payoutQuantum: string
  minimum: string | undefined
  withdrawn: boolean
}

/** An amount as the core takes it. Only a `bigint` has a text without fraction, exponent or doubt. */
function minorText(amount: bigint): string {
  if (typeof amount !== 'bigint') {
    throw new FarthingError('bad_option', 'An amount is a bigint in minor units, such as 1234n.')
  }
  return amount.toString()
}
export { FarthingError, type FarthingErrorCode } from './errors.js'
export { ready } from './ready.js'
