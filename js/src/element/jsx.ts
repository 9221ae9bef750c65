/**
 * Types of `<farthing-card>` in JSX, for React 19, Preact and Solid. They are there as soon as
 * anything of `@farthing/sdk/checkout` is imported.
 */
import type { FarthingCardElement, FarthingCardEventMap, ThemeChoice } from './index.js'

/** A listener as a JSX attribute. */
type Handler<K extends keyof FarthingCardEventMap> = (event: FarthingCardEventMap[K]) => void

/** What `<farthing-card>` takes in JSX, whatever the framework. */
export interface FarthingCardAttributes {
  id?: string
  class?: string
  className?: string
  slot?: string
  hidden?: boolean
  style?: unknown
  key?: string | number | null
  ref?: ((element: FarthingCardElement | null) => void) | { current: FarthingCardElement | null }
  /** `en`, `de`, `fr`, `es` or `ja`, with or without a region. */
  locale?: string
  theme?: ThemeChoice
  disabled?: boolean
  'api-base'?: string
  'publishable-key'?: string
  onchange?: Handler<'change'>
  onready?: Handler<'ready'>
  onfocus?: Handler<'focus'>
  onblur?: Handler<'blur'>
  onerror?: Handler<'error'>
  onsubmit?: Handler<'submit'>
}

interface FarthingElements {
  'farthing-card': FarthingCardAttributes
}

// @ts-ignore The framework is the consumer's; this package needs none of them.
declare module 'react' {
  namespace JSX {
    interface IntrinsicElements extends FarthingElements {}
  }
}
// @ts-ignore The framework is the consumer's; this package needs none of them.
declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements extends FarthingElements {}
  }
}
// @ts-ignore The framework is the consumer's; this package needs none of them.
declare module 'solid-js/jsx-runtime' {
  namespace JSX {
    interface IntrinsicElements extends FarthingElements {}
  }
}
