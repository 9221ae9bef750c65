/** What is said in the form: labels once, and complaints that follow a change of language. */
import { complain, FIELD_NAMES, type FieldName, type Form } from './fields.js'
import { languageOf, sentenceOf, type Language } from './i18n.js'
import { BRAND_NAMES } from './brands.js'

export interface Messages {
  speak(locale: string): void
  /** Complains of a field by code, or takes the complaint back. */
  fault(name: FieldName, code: string | undefined): void
  /** Complains of the whole. */
  failure(code: string | undefined): void
  isComplaining(name: FieldName): boolean
  /** The code of the first complaint that is shown. */
  first(): string | undefined
  brand(brand: string): void
}

export function messagesOf(form: Form): Messages {
  const { fields } = form
  const codes = new Map<FieldName | 'form', string>()
  let language: Language = languageOf('en')

  const note = (about: FieldName | 'form', code: string | undefined): string => {
    if (code === undefined) codes.delete(about)
    else codes.set(about, code)
    return code === undefined ? '' : sentenceOf(language, code)
  }
  const fault = (name: FieldName, code: string | undefined): void =>
    complain(fields[name], note(name, code))
  const failure = (code: string | undefined): void => {
    form.error.textContent = note('form', code)
  }
  /** The number keeps clear of the chip, which is as wide as its name. */
  const makeRoom = (): void => {
    const { offsetWidth } = form.brand
    if (offsetWidth > 0) fields.number.input.style.setProperty('--chip-width', `${offsetWidth}px`)
  }
  return {
    speak: (locale) => {
      language = languageOf(locale)
      document.documentElement.lang = language.tag
      document.title = language.title
      for (const name of FIELD_NAMES) fields[name].label.textContent = language[name]
      fields.expiry.input.placeholder = language.expiryPlaceholder
      fields.cvc.input.placeholder = language.cvcPlaceholder
      for (const name of FIELD_NAMES) fault(name, codes.get(name))
      failure(codes.get('form'))
    },
    fault,
    failure,
    isComplaining: (name) => codes.has(name),
    first: () => [...FIELD_NAMES, 'form' as const].map((each) => codes.get(each)).find(Boolean),
    brand: (brand) => {
      form.brand.dataset['brand'] = brand
      const shown = BRAND_NAMES[brand] ?? ''
      if (form.brand.textContent !== shown) form.brand.textContent = shown
      makeRoom()
    },
  }
}
