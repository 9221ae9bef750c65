/**
 * What page and frame say to each other, and nothing else crosses. No message has room for a digit of
 * a card beyond the last four: the frame has no other to send, and the page reads no other.
 */

/** Version of the conversation: a frame of another version is not spoken to. */
export const PROTOCOL = 2

/** What the page may know of the card being typed. */
export interface CardState {
  /** Every field is valid. */
  isComplete: boolean
  /** Nothing is typed. */
  isEmpty: boolean
  /** `visa`, `mastercard`, `amex`, `discover`, `diners`, `jcb`, `unionpay` or `unknown`. */
  brand: string
  /** The code of the first complaint that the buyer sees in the form: `incorrect_number`, … */
  errorCode: string | undefined
}

/** A card, as far as it leaves the frame. */
export interface TokenisedCard {
  /** `pm_…`. */
  paymentMethodId: string
  /** As in {@link CardState}. */
  brand: string
  /** Four digits. */
  last4: string
}

/** Light or dark: what is left of `auto` once the page has been looked at. */
export type Scheme = 'light' | 'dark'

/** How the form looks and speaks; sent at the handshake and whenever it changes. */
export interface Settings {
  scheme: Scheme
  /** `--farthing-*` and their values, as computed in the page; the frame checks each by its type. */
  theme: Readonly<Record<string, string>>
  /** A language tag, such as `de-AT`; a language that the frame does not speak is answered in English. */
  locale: string
  isDisabled: boolean
}

/** The only message to a window rather than to a port: the page hands over its end of the channel. */
export interface Connect {
  farthing: 'connect'
  protocol: number
  settings: Settings
}

/** What the page asks for. */
export type ToFrame =
  { type: 'settings'; settings: Settings } | { type: 'focus' } | { type: 'tokenise'; id: number }

/** Why a card did not become a payment method. */
export type TokeniseFailure =
  'card_incomplete' | 'card_refused' | 'network_unreachable' | 'request_refused'

/** What the frame reports. Height in CSS pixels. */
export type FromFrame =
  | { type: 'mounted' }
  | { type: 'submit' }
  | { type: 'focus' }
  | { type: 'blur' }
  | { type: 'height'; height: number }
  | { type: 'state'; state: CardState }
  | { type: 'tokenised'; id: number; card: TokenisedCard }
  | { type: 'failed'; id: number; code: TokeniseFailure }
