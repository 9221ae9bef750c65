/**
 * The allow-list of custom properties that a page may set on `<farthing-card>`, each with its type.
 * The page resolves a value by this type, and the frame checks it by this type again, since whoever
 * holds the page's end of the channel can say anything.
 */

/** What a property's value must be. Lengths are in CSS pixels, bounds included. */
export type PropertyKind =
  | { type: 'colour' }
  | { type: 'length'; min: number; max: number }
  | { type: 'weight' }
  | { type: 'fonts' }

const colour = { type: 'colour' } as const
const weight = { type: 'weight' } as const
const length = (min: number, max: number): PropertyKind => ({ type: 'length', min, max })

/** Every property there is. */
export const THEME_PROPERTIES: Readonly<Record<string, PropertyKind>> = {
  '--farthing-color-text': colour,
  '--farthing-color-label': colour,
  '--farthing-color-placeholder': colour,
  '--farthing-color-background': colour,
  '--farthing-color-border': colour,
  '--farthing-color-border-hover': colour,
  '--farthing-color-accent': colour,
  '--farthing-color-focus-ring': colour,
  '--farthing-color-error': colour,
  '--farthing-border-width': length(0, 4),
  '--farthing-border-radius': length(0, 32),
  // A ring that cannot be seen is no ring; a wider one does not fit beside the field.
  '--farthing-focus-ring-width': length(1, 4),
  '--farthing-font-family': { type: 'fonts' },
  '--farthing-font-size': length(14, 24),
  '--farthing-label-size': length(11, 20),
  '--farthing-label-weight': weight,
  '--farthing-field-height': length(36, 72),
  '--farthing-field-padding': length(4, 28),
  '--farthing-spacing': length(4, 40),
}
