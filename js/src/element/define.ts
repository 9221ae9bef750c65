/**
 * The class behind `<farthing-card>`. Made when it is first registered, never at import: where there
 * is no DOM there is no `HTMLElement` to extend.
 */
import type { FarthingError } from '../errors.js'
import { makeCard, type Card } from './card.js'
import type { Connection } from './mount.js'
import type { CardState, TokenisedCard } from './protocol.js'

/** The element's name. */
export const TAG = 'farthing-card'

const ATTRIBUTES = ['api-base', 'disabled', 'lang', 'locale', 'publishable-key', 'theme']
const PROPERTIES = ['apiBase', 'disabled', 'locale', 'publishableKey', 'theme'] as const

/** The class, as another copy of this package in the same page may meet it. */
export interface CardElementClass extends CustomElementConstructor {
  /** Connects every element that names no backend of its own, now and later. */
  provide(to: Connection): void
}

/** Makes the class. Every call makes another one: only one can be registered. */
export function defineCardElement(): CardElementClass {
  const attached = new Set<CardElement>()
  let provided: Connection | undefined

  class CardElement extends HTMLElement {
    static readonly formAssociated: boolean = true
    static readonly observedAttributes: string[] = ATTRIBUTES

    static provide(to: Connection): void {
      provided = to
      for (const each of attached) each.adopt()
    }

    readonly #internals: ElementInternals | undefined = this.attachInternals?.()
    readonly #card: Card = makeCard(this, {
      onState: (detail) => this.dispatchEvent(new CustomEvent('change', { detail, bubbles: true })),
      onSign: (sign) => (sign === 'submit' ? this.#submit() : this.#emit(sign)),
      onError: (error) => this.#emit('error', error),
    })
    #isConnectedByHand = false

    constructor() {
      super()
      const { shadowRoot } = this
      if (shadowRoot === null) return
      blockLike(shadowRoot)
      // Browsers do not agree on the focus events of a frame; the element's own come from within.
      for (const type of ['focus', 'blur']) {
        shadowRoot.addEventListener(type, (event) => event.stopPropagation(), true)
      }
    }

    connectedCallback(): void {
      for (const name of PROPERTIES) this.#upgrade(name)
      attached.add(this)
      this.#card.attach()
      this.adopt()
    }

    disconnectedCallback(): void {
      attached.delete(this)
      this.#card.detach()
    }

    /** Moved by `moveBefore`: the frame, and what is typed in it, stay as they are. */
    connectedMoveCallback(): void {
      this.#card.refresh()
    }

    attributeChangedCallback(name: string): void {
      if (!this.isConnected) return
      if (name === 'api-base' || name === 'publishable-key') this.adopt()
      else this.#card.refresh()
    }

    formDisabledCallback(): void {
      this.#card.refresh()
    }

    /** Takes the connection of its attributes, else the provided one; one made by hand stays. */
    adopt(): void {
      if (this.#isConnectedByHand) return
      const { apiBase, publishableKey } = this
      const own = apiBase !== '' && publishableKey !== '' ? { apiBase, publishableKey } : provided
      if (own === undefined) return
      this.#card.connect(own).catch((error: FarthingError) => {
        // A frame that cannot be reached has been reported; a wrong address has not.
        if (error.code === 'bad_option') this.#emit('error', error)
      })
    }

    async connect(to: Connection): Promise<void> {
      this.#isConnectedByHand = true
      return this.#card.connect(to)
    }

    createPaymentMethod(): Promise<TokenisedCard> {
      return this.#card.createPaymentMethod()
    }

    override focus(): void {
      this.#card.focus()
    }

    refreshTheme(): void {
      this.#card.refresh()
    }

    get state(): CardState {
      return this.#card.state
    }

    get form(): HTMLFormElement | null {
      return this.#internals?.form ?? null
    }

    get locale(): string {
      return this.getAttribute('locale') ?? ''
    }

    set locale(value: string | null | undefined) {
      this.#reflect('locale', value)
    }

    get theme(): string {
      return this.getAttribute('theme') ?? 'auto'
    }

    set theme(value: string | null | undefined) {
      this.#reflect('theme', value)
    }

    get disabled(): boolean {
      return this.hasAttribute('disabled')
    }

    set disabled(value: boolean) {
      this.toggleAttribute('disabled', Boolean(value))
    }

    get apiBase(): string {
      return this.getAttribute('api-base') ?? ''
    }

    set apiBase(value: string | null | undefined) {
      this.#reflect('api-base', value)
    }

    get publishableKey(): string {
      return this.getAttribute('publishable-key') ?? ''
    }

    set publishableKey(value: string | null | undefined) {
      this.#reflect('publishable-key', value)
    }

    #reflect(name: string, value: string | null | undefined): void {
      if (value === null || value === undefined) this.removeAttribute(name)
      else this.setAttribute(name, value)
    }

    /** A property that was set before the class was known hides its accessor: sets it anew. */
    #upgrade(name: (typeof PROPERTIES)[number]): void {
      if (!Object.hasOwn(this, name)) return
      const value: unknown = this[name]
      delete (this as Record<string, unknown>)[name]
      Object.assign(this, { [name]: value })
    }

    #emit(type: string, detail: unknown = undefined): void {
      this.dispatchEvent(new CustomEvent(type, { detail }))
    }

    /** Enter in a field: what it does in any form, unless a listener prevents it. */
    #submit(): void {
      const isWanted = this.dispatchEvent(new CustomEvent('submit', { cancelable: true }))
      if (isWanted && this.form !== null) submitImplicitly(this.form)
    }
  }
  return CardElement
}

/** Submits as Enter does: through the form's default button, and not while that is disabled. */
function submitImplicitly(form: HTMLFormElement): void {
  const isSubmit = (each: Element): each is HTMLButtonElement =>
    'type' in each && (each.type === 'submit' || each.type === 'image')
  const button = [...form.elements].find(isSubmit)
  if (button?.disabled !== true) form.requestSubmit(button)
}

/**
 * A block by default, as one expects of a form field, and one that keeps the frame's margins inside;
 * the page's own rules win over it. Constructed style sheets need no `unsafe-inline`, and there is
 * no style element.
 */
function blockLike(root: ShadowRoot): void {
  if (!('adoptedStyleSheets' in root)) return
  const sheet = new CSSStyleSheet()
  sheet.insertRule(':host { display: flow-root }')
  sheet.insertRule(':host([hidden]) { display: none }', 1)
  root.adoptedStyleSheets = [sheet]
}
