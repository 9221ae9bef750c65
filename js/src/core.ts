/**
 * The compiled core: what the other files know about money, keys, retries and cards, they ask here.
 * Conversions only; see `wasm/` for how it gets here.
 */
import bytes from '../wasm/core.bytes.js'
import { call } from './wasm/call.js'
import { artefact } from './wasm/instance.js'

const wasm = /* @__PURE__ */ artefact('core', bytes, () => import('../wasm/core.twin.js'))

const texts = (name: string, ...args: (string | Uint8Array)[]): string[] => call(wasm, name, args)
const text = (name: string, ...args: (string | Uint8Array)[]): string =>
  texts(name, ...args)[0] ?? ''

/** The functions of core, as the binding has them: text in, text out. What fails is thrown. */
interface Core {
  answer_to_payment(status: string): string
  card_check_cvc(brand: string, cvc: string): void
  card_check_expiry(month: string, year: string, nowMs: string): { month: number; year: number }
  card_check_number(digits: string): string
  card_facts(digits: string): {
    brand: string
    lengths: number[]
    groups: number[]
    cvcLength: number
  }
  card_luhn(digits: string): boolean
  card_typed_expiry(
    typed: string,
    deleting: boolean,
  ): { shown: string; month: string; year: string }
  card_typed_number(typed: string): {
    digits: string
    shown: string
    brand: string
    cvcLength: number
    complete: boolean
  }
  currency_codes(): string[]
  currency_facts(currency: string): {
    code: string
    exponent: number
    isoExponent: number | undefined
    quantum: string
    payoutQuantum: string
    minimum: string | undefined
    withdrawn: boolean
  }
  currency_table_version(): string
  journal_after(phase: string, attempt: string, news: string): { phase: string; attempt: string }
  journal_demand(phase: string, ...amounts: [string, string, string, string]): string
  journal_reading(phase: string, status: string, sinceMs: string, nowMs: string): string
  journal_trusts(sinceMs: string, nowMs: string): boolean
  key_check(key: string): void
  key_generate(entropy: Uint8Array): string
  money_allocate(minor: string, currency: string, weights: readonly string[]): string[]
  money_check_charge(minor: string, currency: string): void
  money_format(minor: string, currency: string): string
  money_parse(major: string, currency: string): string
  retry_again(status: string, advice: string): boolean
  retry_delay_ms(retry: string, entropy: string): number
}

const face: Core = {
  answer_to_payment: (status) => text('answer_to_payment', status),
  card_check_cvc: (brand, cvc) => void text('card_check_cvc', brand, cvc),
  card_check_expiry: (month, year, nowMs) => {
    const [m, y] = texts('card_check_expiry', month, year, nowMs)
    return { month: Number(m), year: Number(y) }
  },
  card_check_number: (digits) => text('card_check_number', digits),
  card_facts: (digits) => {
    const [brand = '', cvcLength, lengthsCount, ...numbers] = texts('card_facts', digits)
    const all = numbers.map(Number)
    const lengths = all.splice(0, Number(lengthsCount))
    return { brand, cvcLength: Number(cvcLength), lengths, groups: all }
  },
  card_luhn: (digits) => text('card_luhn', digits) !== '',
  card_typed_expiry: (typed, deleting) => {
    const [shown = '', month = '', year = ''] = texts(
      'card_typed_expiry',
      typed,
      deleting ? '1' : '',
    )
    return { shown, month, year }
  },
  card_typed_number: (typed) => {
    const [digits = '', shown = '', brand = '', cvcLength, complete] = texts(
      'card_typed_number',
      typed,
    )
    return { digits, shown, brand, cvcLength: Number(cvcLength), complete: complete !== '' }
  },
  currency_codes: () => texts('currency_codes'),
  currency_facts: (currency) => {
    const [code = '', exponent, iso, quantum = '', payoutQuantum = '', minimum, withdrawn] = texts(
      'currency_facts',
      currency,
    )
    return {
      code,
      exponent: Number(exponent),
      isoExponent: iso ? Number(iso) : undefined,
      quantum,
      payoutQuantum,
      minimum: minimum || undefined,
      withdrawn: withdrawn !== '',
    }
  },
  currency_table_version: () => text('currency_table_version'),
  journal_after: (phase, attempt, news) => {
    const [next = '', number = ''] = texts('journal_after', phase, attempt, news)
    return { phase: next, attempt: number }
  },
  journal_demand: (phase, ...amounts) => text('journal_demand', phase, ...amounts),
  journal_reading: (phase, status, since, now) =>
    text('journal_reading', phase, status, since, now),
  journal_trusts: (sinceMs, nowMs) => text('journal_trusts', sinceMs, nowMs) !== '',
  key_check: (key) => void text('key_check', key),
  key_generate: (entropy) => text('key_generate', entropy),
  money_allocate: (minor, currency, weights) =>
    texts('money_allocate', minor, currency, ...weights),
  money_check_charge: (minor, currency) => void text('money_check_charge', minor, currency),
  money_format: (minor, currency) => text('money_format', minor, currency),
  money_parse: (major, currency) => text('money_parse', major, currency),
  retry_again: (status, advice) => text('retry_again', status, advice) !== '',
  retry_delay_ms: (retry, entropy) => Number(text('retry_delay_ms', retry, entropy)),
}

/** Asks core. What it refuses is thrown as a `FarthingError`. */
export function core<T>(use: (core: Core) => T): T {
  return use(face)
}

/**
 * Resolves when core can be called synchronously. Only needed where WebAssembly may be refused: it
 * fetches the JavaScript twin there.
 */
export function ready(): Promise<void> {
  return wasm.ready()
}

/** A whole number as the core takes it: decimal text. What is not whole is refused over there. */
export function decimal(number: number | bigint): string {
  return String(number)
}
