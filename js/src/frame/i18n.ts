/** What the form says, in five languages; a language it does not speak is answered in English. */
import { de } from './languages/de.js'
import { en } from './languages/en.js'
import { es } from './languages/es.js'
import { fr } from './languages/fr.js'
import { ja } from './languages/ja.js'

/** Everything that the form says in one language. */
export interface Language {
  /** The language's own tag, for the document. */
  tag: string
  title: string
  number: string
  expiry: string
  cvc: string
  /** Month and year as one types them, such as `MM / YY`. */
  expiryPlaceholder: string
  cvcPlaceholder: string
  /** A sentence for every code of {@link ERROR_CODES}. */
  errors: Readonly<Record<ErrorCode, string>>
}

/** Every code that a buyer may be told of: the core's, the wire's about a card, and the form's own. */
export const ERROR_CODES = [
  // The form's own.
  'incomplete_number',
  'incomplete_expiry',
  'incomplete_cvc',
  'network_unreachable',
  'request_refused',
  // The core's.
  'incorrect_number',
  'invalid_number',
  'invalid_expiry_month',
  'invalid_expiry_year',
  'invalid_cvc',
  // The wire's.
  'card_declined',
  'expired_card',
  'incorrect_cvc',
  'processing_error',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** The languages, by their tags. */
export const LANGUAGES: Readonly<Record<string, Language>> = { en, de, fr, es, ja }

/** The language for a tag such as `de-AT`. */
export function languageOf(locale: string): Language {
  const primary = locale.toLowerCase().split(/[-_]/)[0] ?? ''
  return (Object.hasOwn(LANGUAGES, primary) ? LANGUAGES[primary] : undefined) ?? en
}

/** The sentence for a code; for one that is not known, that the card cannot be used. */
export function sentenceOf(language: Language, code: string): string {
  const known = ERROR_CODES.find((each) => each === code)
  return language.errors[known ?? 'card_declined']
}
