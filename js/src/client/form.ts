/** Parameters as the wire takes them: a form whose names carry the nesting. */
import { FarthingError } from '../errors.js'

/** A parameter: text, whole numbers, yes or no, lists and maps of them; `null` unsets. */
export type Param =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | readonly Param[]
  | { readonly [name: string]: Param }

/** Named parameters. What is `undefined` is left out. */
export interface Params {
  readonly [name: string]: Param
}

/**
 * Encodes parameters: `metadata[order]=7&expand[0]=customer`.
 *
 * Throws `not_an_integer` for a number that is not whole, and `overflow` for one past 2^53, which may
 * have been rounded before it came here: an amount is a `bigint`.
 */
export function formOf(params: Params): string {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) put(form, name, value)
  return form.toString()
}

function put(form: URLSearchParams, name: string, value: Param): void {
  if (value === undefined) return
  if (value === null) {
    form.append(name, '')
  } else if (Array.isArray(value)) {
    value.forEach((each: Param, index) => put(form, `${name}[${index}]`, each))
  } else if (typeof value === 'object') {
    for (const [key, each] of Object.entries(value)) put(form, `${name}[${key}]`, each)
  } else {
    if (typeof value === 'number') checkWhole(name, value)
    form.append(name, String(value))
  }
}

function checkWhole(name: string, value: number): void {
  if (!Number.isInteger(value)) {
    throw new FarthingError('not_an_integer', `${name} must be a whole number.`)
  }
  if (!Number.isSafeInteger(value)) {
    throw new FarthingError('overflow', `${name} is past what a number holds. Give a bigint.`)
  }
}
