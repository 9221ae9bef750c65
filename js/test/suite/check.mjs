// Assertions for every runtime: a page has none of its own.
import { FARTHING_ERROR_CODES, FarthingError } from '@farthing/sdk'

export function equal(got, want, what = '') {
  if (!Object.is(got, want)) throw new Error(`${what}: ${show(got)} is not ${show(want)}`)
}

/** Equal in structure. */
export function same(got, want, what = '') {
  equal(show(got), show(want), what)
}

export function holds(truth, what) {
  if (!truth) throw new Error(what)
}

/** The code of what is thrown. Whatever is thrown must be the package's own error, with a known code. */
export function codeOf(run, what = '') {
  try {
    run()
  } catch (error) {
    holds(error instanceof FarthingError, `${what} threw a stranger: ${error?.stack ?? error}`)
    holds(FARTHING_ERROR_CODES.includes(error.code), `${what} threw an unlisted ${error.code}`)
    holds(/\.$/.test(error.message), `${what} said no sentence: ${error.message}`)
    return error.code
  }
  return 'nothing thrown'
}

/** A value as text, in which keys are sorted and bigints can be seen. */
function show(value) {
  return JSON.stringify(value, (_, each) => {
    if (typeof each === 'bigint') return `${each}n`
    if (each === undefined) return 'undefined'
    if (each === null || typeof each !== 'object' || Array.isArray(each)) return each
    return Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
