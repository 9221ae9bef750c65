/** Reads what the page's style sheets say about the form, resolved as far as a page can. */
import { THEME_PROPERTIES, type PropertyKind } from './properties.js'
import type { Scheme } from './protocol.js'

/** What a merchant asks for; `auto` follows the page, and the page may follow the system. */
export type ThemeChoice = 'auto' | 'light' | 'dark'

const DARK = '(prefers-color-scheme: dark)'

/**
 * The scheme in which the form is drawn. A page that declares no colour scheme is light, whatever
 * the system prefers: a dark form on it could not be read.
 */
export function schemeOf(host: Element, choice: ThemeChoice): Scheme {
  if (choice !== 'auto') return choice
  const declared = getComputedStyle(host).colorScheme.split(' ')
  if (!declared.includes('dark')) return 'light'
  return declared.includes('light') && !matchMedia(DARK).matches ? 'light' : 'dark'
}

/**
 * Every `--farthing-*` property set on the element. A custom property keeps its text as it was
 * written, so `1rem` or `light-dark(…)` would mean something else in the frame: an unseen probe in
 * the page computes colours and lengths first.
 */
export function themeOf(host: Element, probe: HTMLElement): Record<string, string> {
  const style = getComputedStyle(host)
  const theme: Record<string, string> = {}
  for (const [name, kind] of Object.entries(THEME_PROPERTIES)) {
    const written = style.getPropertyValue(name).trim()
    const value = written === '' ? '' : resolved(kind, written, probe)
    if (value !== '') theme[name] = value
  }
  return theme
}

/** Calls back when what {@link themeOf} and {@link schemeOf} read may have changed. Ends by the answer. */
export function watchTheme(host: Element, onChange: () => void): () => void {
  const observer = new MutationObserver(onChange)
  const options = { attributeFilter: ['class', 'style', 'data-theme', 'data-color-scheme', 'lang'] }
  for (let each: Element | null = host; each !== null; each = each.parentElement) {
    observer.observe(each, options)
  }
  const queries = [DARK, '(forced-colors: active)'].map((query) => matchMedia(query))
  for (const query of queries) query.addEventListener('change', onChange)
  addEventListener('load', onChange) // Style sheets may come late.
  return () => {
    observer.disconnect()
    for (const query of queries) query.removeEventListener('change', onChange)
    removeEventListener('load', onChange)
  }
}

function resolved(kind: PropertyKind, written: string, probe: HTMLElement): string {
  switch (kind.type) {
    case 'colour':
      return computed(probe, 'color', written)
    case 'length':
      return computed(probe, 'width', written)
    case 'weight':
      return computed(probe, 'font-weight', written)
    case 'fonts':
      return computed(probe, 'font-family', written)
  }
}

/** What a property of the probe computes to with this value, or nothing if it is no value for it. */
function computed(probe: HTMLElement, property: string, written: string): string {
  probe.style.removeProperty(property)
  probe.style.setProperty(property, written)
  if (probe.style.getPropertyValue(property) === '') return ''
  return getComputedStyle(probe).getPropertyValue(property)
}
