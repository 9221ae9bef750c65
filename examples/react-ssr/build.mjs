// Builds dist/server.js for Node and dist/client/client.js for the browser.
import { build } from 'esbuild'

const common = { bundle: true, format: 'esm', jsx: 'automatic', logLevel: 'warning' }

await build({
  ...common,
  entryPoints: ['src/server.tsx'],
  outdir: 'dist',
  platform: 'node',
  target: 'node20',
  packages: 'external',
})
await build({
  ...common,
  entryPoints: ['src/client.tsx'],
  outdir: 'dist/client',
  minify: true,
  splitting: true,
  target: 'es2022',
  define: { 'process.env.NODE_ENV': '"production"' },
})
