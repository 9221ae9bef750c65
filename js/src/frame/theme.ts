/**
 * What of a page's wishes for colours and sizes is followed. The page is not trusted with the frame's
 * style sheet: only listed properties, each value checked by its type and written anew from what was
 * recognised, set one by one by `setProperty`.
 */
import { THEME_PROPERTIES, type PropertyKind } from '../element/properties.js'
import type { Scheme } from '../element/protocol.js'

const TEXT_MAX = 200
const FONTS_MAX = 8

/** A colour function with plain numbers in it; no function inside, no reference to anything. */
const COLOUR_FUNCTION = /^(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\([a-z0-9.,%+\- /]{1,80}\)$/i
const COLOUR_HEX = /^#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i
const COLOUR_NAME = /^[a-z]{3,24}$/i
const LENGTH = /^(\d{1,4}(?:\.\d{1,6})?)px$/
const WEIGHT = /^[1-9]\d{2}$/
const FONT_NAME = /^[\p{L}\p{N} ._-]{1,60}$/u
const FONT_GENERIC = /^(?:serif|sans-serif|monospace|cursive|fantasy|system-ui|ui-[a-z-]{1,12})$/
/** Words that mean something to every property, and no colour to any. */
const EVERYWHERE = /^(?:inherit|initial|unset|revert|revert-layer)$/i

/** Draws the form in a scheme, with what is acceptable of a theme and nothing left of the last one. */
export function applyTheme(root: HTMLElement, theme: unknown, scheme: Scheme): void {
  root.dataset['theme'] = scheme
  const asked = typeof theme === 'object' && theme !== null ? theme : {}
  for (const [name, kind] of Object.entries(THEME_PROPERTIES)) {
    const value = Object.hasOwn(asked, name) ? (asked as Record<string, unknown>)[name] : undefined
    const accepted = acceptable(kind, value)
    if (accepted === undefined) root.style.removeProperty(name)
    else root.style.setProperty(name, accepted)
  }
}

/** The value as it may be set, or undefined if it is not of its type. */
export function acceptable(kind: PropertyKind, value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > TEXT_MAX) return undefined
  const text = value.trim()
  switch (kind.type) {
    case 'colour':
      return isColour(text) ? text : undefined
    case 'length': {
      const px = Number(LENGTH.exec(text)?.[1] ?? NaN)
      return px >= kind.min && px <= kind.max ? `${px}px` : undefined
    }
    case 'weight':
      return WEIGHT.test(text) ? text : undefined
    case 'fonts':
      return fonts(text)
  }
}

function isColour(text: string): boolean {
  const isShaped = COLOUR_FUNCTION.test(text) || COLOUR_HEX.test(text) || COLOUR_NAME.test(text)
  return isShaped && !EVERYWHERE.test(text) && CSS.supports('color', text)
}

/** A list of names, each of them quoted unless it is generic; one bad name refuses all. */
function fonts(text: string): string | undefined {
  const names = text.split(',').map((each) => each.trim().replace(/^(["'])(.*)\1$/, '$2'))
  if (names.length > FONTS_MAX || !names.every((name) => FONT_NAME.test(name))) return undefined
  return names.map((name) => (FONT_GENERIC.test(name) ? name : `"${name}"`)).join(', ')
}
