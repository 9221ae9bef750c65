/** The three fields as the document has them, and what is complained of in each. */

/** The fields, in the order in which they are typed. */
export const FIELD_NAMES = ['number', 'expiry', 'cvc'] as const

export type FieldName = (typeof FIELD_NAMES)[number]

export interface Field {
  input: HTMLInputElement
  label: HTMLElement
  error: HTMLElement
}

/** The document of the form. */
export interface Form {
  form: HTMLFormElement
  fields: Readonly<Record<FieldName, Field>>
  brand: HTMLElement
  /** What concerns no single field. */
  error: HTMLElement
}

/** Finds the form's parts; a document without them is a bug of ours. */
export function formOf(document: Document): Form {
  const at = (id: string): HTMLElement => {
    const found = document.getElementById(id)
    if (found === null) throw new Error(`The frame's document has no #${id}.`)
    return found
  }
  const field = (name: FieldName): Field => ({
    input: at(name) as HTMLInputElement,
    label: at(`${name}-label`),
    error: at(`${name}-error`),
  })
  return {
    form: at('card') as HTMLFormElement,
    fields: { number: field('number'), expiry: field('expiry'), cvc: field('cvc') },
    brand: at('brand'),
    error: at('form-error'),
  }
}

/** Shows a complaint at a field, or takes it back. */
export function complain({ input, error }: Field, sentence: string): void {
  input.setAttribute('aria-invalid', sentence === '' ? 'false' : 'true')
  if (error.textContent !== sentence) error.textContent = sentence
}

/** Puts text into a field and the cursor after the same digit as before. */
export function show(input: HTMLInputElement, text: string): void {
  if (input.value === text) return
  const end = input.selectionEnd ?? input.value.length
  const isAtEnd = end === input.value.length
  const digitsBefore = input.value.slice(0, end).replace(/\D/g, '').length
  input.value = text
  if (document.activeElement !== input) return
  let cursor = text.length
  if (!isAtEnd) {
    cursor = 0
    for (let digits = 0; cursor < text.length && digits < digitsBefore; cursor += 1) {
      if (/\d/.test(text.charAt(cursor))) digits += 1
    }
  }
  input.setSelectionRange(cursor, cursor)
}
