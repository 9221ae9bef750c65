// The built Worker in workerd, through miniflare: what the tests and dev.mjs share.

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Miniflare } from 'miniflare'

const here = dirname(fileURLToPath(import.meta.url))

/** The compatibility date of examples/worker/wrangler.toml: what is tested is what is deployed. */
export function compatibilityDate() {
  const toml = readFileSync(join(here, '..', '..', 'examples', 'worker', 'wrangler.toml'), 'utf8')
  const date = /^compatibility_date = "([0-9-]+)"/m.exec(toml)?.[1]
  if (!date) throw new Error('examples/worker/wrangler.toml names no compatibility_date')
  return date
}

/**
 * Starts the Worker. `wrap` is the source of a module that stands before it (tests put a clock there),
 * `alone` of one that stands in its place, with its bindings and its storage;
 * `queues` are queues it may send to, by the name of the binding; `beside` are further Workers, such
 * as one that consumes them; `more` are further options of miniflare; `build` is the folder of another
 * build than the deployed one (`build-planted`). The limiter is bound where
 * there is a checkout to limit.
 *
 * @param {{
 *   bindings?: Record<string, string>,
 *   port?: number,
 *   storage?: string,
 *   wrap?: string,
 *   alone?: string,
 *   queues?: Record<string, string>,
 *   beside?: object[],
 *   more?: object,
 *   build?: string,
 * }} options
 */
export async function start(options = {}) {
  const { bindings = {}, port = 0, storage, wrap, alone, queues, beside = [], more = {}, build = 'build' } = options
  const script = join(here, build, 'index.js')
  if (!existsSync(script)) throw new Error(`There is no ${build}/index.js: run node build.mjs first.`)
  const modules = [
    { type: 'ESModule', path: 'index.js', contents: readFileSync(script) },
    { type: 'CompiledWasm', path: 'index_bg.wasm', contents: readFileSync(join(here, build, 'index_bg.wasm')) },
  ]
  if (alone) modules.splice(0, Infinity, { type: 'ESModule', path: 'alone.js', contents: alone })
  if (wrap) modules.unshift({ type: 'ESModule', path: 'wrap.js', contents: wrap })
  const worker = {
    ...(beside.length > 0 && { name: 'edge' }), // Only several need names; a folder's name has it in it.
    modules,
    bindings,
    compatibilityDate: compatibilityDate(),
    durableObjects: {
      INBOX: { className: 'Inbox', useSQLite: true },
      ...(bindings.PRICES && { LIMITER: { className: 'Limiter', useSQLite: true } }),
    },
    ...(queues && { queueProducers: queues }),
    ...more,
  }
  const runtime = new Miniflare({
    host: '127.0.0.1',
    port,
    cf: false, // Do not ask anybody for the description of a request's place in the world.
    durableObjectsPersist: storage ?? false,
    workers: [worker, ...beside],
  })
  const url = (await runtime.ready).href.replace(/\/$/, '')
  return {
    url,
    stop: () => runtime.dispose(),
    /** Fires the cron trigger once. */
    cron: async () => (await runtime.getWorker()).scheduled({ cron: '* * * * *' }),
  }
}
