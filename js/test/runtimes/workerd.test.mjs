// The suite in workerd, bundled for it: there the artefacts are modules of their own.
import { test } from 'node:test'
import { bundled, notRun, report } from './support.mjs'

const WORKER = `
  import { runSuite } from './index.mjs'
  export default { fetch: async () => Response.json(await runSuite()) }`

test('workerd', async (t) => {
  const miniflare = await import('miniflare').catch(() => undefined)
  if (miniflare === undefined) return notRun(t, 'workerd')
  const files = await bundled(
    { worker: WORKER },
    { conditions: ['workerd'], splitting: false, loader: { '.wasm': 'copy' } },
  )
  const modules = [...files].map(([path, contents]) => ({
    type: path.endsWith('.wasm') ? 'CompiledWasm' : 'ESModule',
    path: path.slice(1),
    contents,
  }))
  modules.sort((a) => (a.type === 'ESModule' ? -1 : 1))
  const runtime = new miniflare.Miniflare({ modules, cf: false, compatibilityDate: '2026-01-01' })
  t.after(() => runtime.dispose())
  const answer = await runtime.dispatchFetch('http://suite/')
  await report(t, await answer.json())
})
