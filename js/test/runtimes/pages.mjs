// The pages that the suite is run in, whichever browser shows them: each puts what it found on
// `globalThis.results`.
import { readFileSync } from 'node:fs'
import { bundled, serveFiles } from './support.mjs'

const WITHOUT_WASM = 'without-wasm'
const EARLY = `
  const early = () => { try { return parseMoney('1', 'usd') } catch (error) { return error.code } }`

const SOURCES = {
  page: `
    import { runSuite } from './index.mjs'
    globalThis.results = await runSuite()`,
  worker: `
    import { runSuite } from './index.mjs'
    postMessage(await runSuite())`,
  owner: `
    const worker = new Worker('/worker.js', { type: 'module' })
    worker.onmessage = ({ data }) => { globalThis.results = data }`,
  // Where WebAssembly is refused: a call before ready() says so, and afterwards all is well.
  awaited: `
    import { parseMoney, ready } from '@farthing/sdk'
    import { runSuite } from './index.mjs'
    ${EARLY}
    globalThis.early = String(early())
    await ready()
    globalThis.results = await runSuite()`,
  imported: `
    import '@farthing/sdk/js'
    import { runSuite } from './index.mjs'
    globalThis.results = await runSuite()`,
}

/** The policies that the documents tell a merchant to use, as they are written there. */
export function documentedPolicies() {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const lines = [...readme.matchAll(/^Content-Security-Policy: (.+)$/gm)].map(([, line]) => line)
  const withWasm = lines.filter((line) => line.includes("'wasm-unsafe-eval'"))
  const without = lines.filter((line) => !line.includes("'wasm-unsafe-eval'"))
  if (withWasm.length === 0 || without.length === 0) throw new Error('README states no policies')
  return { withWasm, without }
}

/** Serves every page; `names` are their paths. */
export async function servePages() {
  const { withWasm, without } = documentedPolicies()
  const pages = { page: { script: 'page' }, worker: { script: 'owner' } }
  for (const [at, policy] of withWasm.entries()) {
    pages[`page-policy-${at + 1}`] = { script: 'page', policy }
    pages[`worker-policy-${at + 1}`] = { script: 'owner', policy }
  }
  for (const [at, policy] of without.entries()) {
    pages[`page-${WITHOUT_WASM}-${at + 1}`] = { script: 'awaited', policy }
    pages[`page-with-js-${at + 1}`] = { script: 'imported', policy }
  }
  const server = await serveFiles(await bundled(SOURCES), pages)
  return { ...server, names: Object.keys(pages) }
}

/** Whether a page called once before anything could answer. */
export const expectsEarly = (name) => name.includes(WITHOUT_WASM)
