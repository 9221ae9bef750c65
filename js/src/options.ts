/** Options that are numbers, checked where they are given: a bad one must not surface at a payment. */
import { FarthingError } from './errors.js'

/** The longest that a platform's timers wait; a longer time would end at once. */
const TIMER_MAX_MS = 2_147_483_647

/** Answers a time to wait. Throws `bad_option` unless it is whole, 1 to 2,147,483,647 milliseconds. */
export function patience(name: string, ms: number): number {
  return wholeOption(name, ms, { min: 1, max: TIMER_MAX_MS })
}

/** Answers how often something is done. Throws `bad_option` unless it is whole and at least `min`. */
export function times(name: string, count: number, { min }: { min: number }): number {
  return wholeOption(name, count, { min, max: Number.MAX_SAFE_INTEGER })
}

function wholeOption(
  name: string,
  value: number,
  { min, max }: { min: number; max: number },
): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value
  throw new FarthingError('bad_option', `${name} must be a whole number, ${min} to ${max}.`)
}
