/**
 * `<farthing-card>`: every field of a card in one frame of the backend's own origin, so that the
 * number never enters the merchant's page.
 */
import { TAG, defineCardElement, type CardElementClass } from './define.js'
import type { Connection } from './mount.js'
import type { CardState, TokenisedCard } from './protocol.js'
import type { FarthingError } from '../errors.js'
import type { ThemeChoice } from './theme.js'

export type { Connection } from './mount.js'
export type { CardState, TokenisedCard } from './protocol.js'
export type { ThemeChoice } from './theme.js'
// With it come the element's types for JSX.
export type { FarthingCardAttributes } from './jsx.js'

/**
 * The element `<farthing-card>`. Attributes: `locale` (`en`, `de`, `fr`, `es`, `ja`, with or without
 * a region), `disabled`, `theme` (`auto`, `light`, `dark`), and, where one page speaks to several
 * backends, `api-base` with `publishable-key`. Events: {@link FarthingCardEventMap}.
 */
export interface FarthingCardElement extends HTMLElement {
  /**
   * Settles which backend the frame comes from, and resolves when the card can be typed. Not needed
   * after `loadFarthing`, which connects every element that names no backend of its own.
   *
   * Throws `bad_option` for an address or key of the wrong shape; `frame_unreachable`, within 25
   * seconds, where the backend cannot be reached or does not list this page's origin;
   * `frame_gone` if the element leaves the page first.
   */
  connect(to: Connection): Promise<void>
  /** What is known of the card being typed. */
  readonly state: CardState
  /**
   * Turns the card into a payment method; calls at the same time share one.
   *
   * Throws `card_incomplete` or `card_refused`, with the reason shown in the form;
   * `network_unreachable`; `request_refused` for a key that may not do this; `frame_missing`,
   * `frame_unreachable` or `frame_gone` without a form. Nothing is charged in any case.
   */
  createPaymentMethod(): Promise<TokenisedCard>
  /** Puts the cursor into the first field that needs attention. */
  focus(): void
  /** Reads the `--farthing-*` properties again, for changes that no attribute and no load announces. */
  refreshTheme(): void
  /** The form around the element: Enter in a field submits it. */
  readonly form: HTMLFormElement | null
  locale: string
  theme: ThemeChoice
  disabled: boolean
  apiBase: string
  publishableKey: string
  addEventListener<K extends keyof FarthingCardEventMap>(
    type: K,
    listener: (this: FarthingCardElement, event: FarthingCardEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void
}

/** What happens to a card element. Only `change` bubbles. */
export interface FarthingCardEventMap {
  /** The card being typed has changed. */
  change: CustomEvent<CardState>
  /** The card can be typed. */
  ready: CustomEvent<undefined>
  /** One of the fields has the cursor, or none has it any more. */
  focus: CustomEvent<undefined>
  blur: CustomEvent<undefined>
  /** The form cannot be shown. */
  error: CustomEvent<FarthingError>
  /** Enter was pressed in a field; unless prevented, the form around the element is submitted. */
  submit: CustomEvent<undefined>
}

/** Registers `<farthing-card>`; twice is once, and without a DOM it does nothing. */
export function registerCardElement(): void {
  if (typeof customElements === 'undefined' || customElements.get(TAG) !== undefined) return
  customElements.define(TAG, defineCardElement())
}

/**
 * Registers the element and connects every one in the page that names no backend of its own, those
 * to come included. The latest call counts; `loadFarthing` makes it.
 */
export function connectCardElements(to: Connection): void {
  registerCardElement()
  if (typeof customElements === 'undefined') return
  // The class may be another copy's of this package: what is provided must reach its elements.
  const known = customElements.get(TAG) as Partial<CardElementClass> | undefined
  known?.provide?.(to)
}

declare global {
  interface HTMLElementTagNameMap {
    'farthing-card': FarthingCardElement
  }
}
