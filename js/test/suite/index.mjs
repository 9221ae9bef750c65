// The one suite of every runtime. It imports the package and the vectors, and nothing else.
import { apiCases } from './api.mjs'
import { vectorCases } from './vectors.mjs'

const cases = [...vectorCases, ...apiCases]

/** Runs every case; each result has the reason of its failure, if it failed. */
export function runSuite() {
  return cases.map(({ name, run }) => {
    try {
      run()
      return { name }
    } catch (error) {
      return { name, failure: `${error?.message ?? error}` }
    }
  })
}
