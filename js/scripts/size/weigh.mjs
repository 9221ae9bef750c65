// What an import costs the one who bundles it: minified, with everything that it loads at once, and
// apart from that what it may load later.
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import * as esbuild from 'esbuild'

const js = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/**
 * Weighs a source as a consumer's bundler would: `initial` is what it waits for, `later` what a dynamic
 * import fetches. Every file is compressed by itself, as it is served.
 */
export async function weigh(source, { conditions = [], resolveDir = js, platform } = {}) {
  const { outputFiles, metafile } = await esbuild.build({
    stdin: { contents: source, resolveDir },
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: platform ?? 'browser',
    conditions,
    loader: { '.wasm': 'copy' },
    outdir: 'out',
    absWorkingDir: js,
    write: false,
    metafile: true,
    legalComments: 'none',
    logLevel: 'error',
  })
  const entry = Object.keys(metafile.outputs).find((path) => /(^|\/)stdin\.js$/.test(path))
  const initial = new Set()
  const visit = (path) => {
    if (initial.has(path)) return
    initial.add(path)
    for (const { path: next, kind } of metafile.outputs[path].imports) {
      if (kind === 'import-statement' && next in metafile.outputs) visit(next)
    }
  }
  visit(entry)
  const total = { initial: nothing(), later: nothing() }
  for (const { path, contents } of outputFiles) {
    const name = Object.keys(metafile.outputs).find((each) => path.endsWith(each))
    add(total[initial.has(name) ? 'initial' : 'later'], weight(contents))
  }
  return total
}

/** The weight of a file as it is. */
export function weight(bytes) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 }
  return {
    minified: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes, { params }).length,
  }
}

const nothing = () => ({ minified: 0, gzip: 0, brotli: 0 })

function add(sum, each) {
  for (const way of Object.keys(sum)) sum[way] += each[way]
}
