// The steps of the walk, and what they share: values that earlier steps answered.
import { readFileSync } from 'node:fs'

const file = new URL('../../conformance/walk.json', import.meta.url)

/** Every step, in order; a route is claimed only if a step of it is here. */
export const STEPS = JSON.parse(readFileSync(file, 'utf8'))

/** Puts what earlier steps answered where a text begins with a dollar sign. */
export function resolve(value, known) {
  if (Array.isArray(value)) return value.map((inner) => resolve(inner, known))
  if (value !== null && typeof value === 'object') {
    const pairs = Object.entries(value).map(([name, inner]) => [name, resolve(inner, known)])
    return Object.fromEntries(pairs)
  }
  if (typeof value !== 'string' || !value.startsWith('$')) return value
  const [name, ...path] = value.slice(1).split('.')
  return path.reduce((found, part) => found?.[part], known[name])
}

/** The address of a step, with its ids in their places. */
export function pathOf(step, ids) {
  const left = [...ids]
  return step.route.split(' ')[1].replace(/\{\w+\}/g, () => left.shift())
}

/** Parameters as pairs with bracketed names. */
export function pairs(value, name) {
  if (Array.isArray(value)) return value.flatMap((inner) => pairs(inner, `${name}[]`))
  if (value !== null && typeof value === 'object') {
    return Object.entries(value).flatMap(([key, inner]) => pairs(inner, `${name}[${key}]`))
  }
  return [[name, String(value)]]
}
