// Each bundler, as its own documents say to use it, on the same page.
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const page = fileURLToPath(new URL('page', import.meta.url))
const entry = join(page, 'main.js')

/** By name: builds into a folder. */
export const BUILDERS = {
  Vite: async (outDir) => {
    const { build } = await import('vite')
    await build({
      root: page,
      configFile: false,
      logLevel: 'error',
      build: { outDir, emptyOutDir: true, target: 'es2022' },
    })
  },
  esbuild: async (outdir) => {
    const { build } = await import('esbuild')
    const how = { bundle: true, splitting: true, minify: true, format: 'esm', target: 'es2022' }
    await build({ ...how, entryPoints: [entry], outdir, logLevel: 'error' })
    copyFileSync(join(page, 'index.html'), join(outdir, 'index.html'))
  },
  webpack: async (path) => {
    const { default: webpack } = await import('webpack')
    const stats = await new Promise((resolve, reject) => {
      const output = { path, filename: 'main.js', module: true, publicPath: '/' }
      const how = {
        mode: 'production',
        target: ['web', 'es2022'],
        experiments: { outputModule: true },
      }
      webpack({ ...how, context: page, entry, output }, (error, stats) =>
        error ? reject(error) : resolve(stats),
      )
    })
    if (stats.hasErrors()) throw new Error(stats.toString({ colors: false }))
    copyFileSync(join(page, 'index.html'), join(path, 'index.html'))
  },
}
