// The one suite of every runtime. It imports the package and the vectors, and nothing else.
import { apiCases } from './api.mjs'
import { vectorCases } from './vectors.mjs'
import { webhookCases } from './webhooks.mjs'

const cases = [...vectorCases, ...apiCases, ...webhookCases]

/** Runs every case; each result has the reason of its failure, if it failed. */
export async function runSuite() {
  const results = []
  for (const { name, run } of cases) {
    try {
      await run()
      results.push({ name })
    } catch (error) {
      results.push({ name, failure: `${error?.message ?? error}` })
    }
  }
  return results
}
