// What the runtimes share: how each is started, and how what the suite said in it is told here.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import * as esbuild from 'esbuild'

const here = new URL('.', import.meta.url)
const js = fileURLToPath(new URL('../../', here))
const LIMIT_MS = 60_000

/** A program that npm installed for these tests, or `undefined`. */
export function installed(name) {
  const path = fileURLToPath(new URL(`node_modules/.bin/${name}`, here))
  return existsSync(path) ? path : undefined
}

/**
 * A runtime that is not here is told as such. Where everything should be here that is a failure, but
 * for what this system has not got at all.
 */
export function notRun(t, runtime, { canBeHad = true } = {}) {
  const told = `${runtime}: not run, because it is not installed`
  if (!canBeHad) return t.diagnostic(told)
  if (process.env.CI === 'true') throw new Error(told)
  t.skip(told)
}

/** Every case of the suite as a test of its own. */
export async function report(t, results) {
  if (results.length < 20) throw new Error(`only ${results.length} cases ran`)
  for (const { name, failure } of results) {
    await t.test(name, () => {
      if (failure !== undefined) throw new Error(failure)
    })
  }
}

/** Runs the suite as a program, and reads its line. */
export async function runCommand(program, args, env = {}) {
  const child = spawn(program, args, {
    cwd: js,
    env: { ...process.env, ...env },
    timeout: LIMIT_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let errors = ''
  child.stdout.on('data', (text) => (out += text))
  child.stderr.on('data', (text) => (errors += text))
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const line = /^results (.*)$/m.exec(out)
  if (code !== 0 || line === null) throw new Error(`ended with ${code}\n${out}${errors}`)
  return JSON.parse(line[1])
}

/** Bundles sources as a consumer's bundler does: a map of paths to contents. */
export async function bundled(sources, options = {}) {
  const { outputFiles } = await esbuild.build({
    entryPoints: Object.fromEntries(Object.keys(sources).map((name) => [name, `virtual:${name}`])),
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    outdir: '/',
    write: false,
    logLevel: 'error',
    ...options,
    plugins: [virtual(sources)],
  })
  return new Map(outputFiles.map(({ path, contents }) => [path, contents]))
}

function virtual(sources) {
  return {
    name: 'sources in memory',
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /^virtual:/ }, ({ path }) => ({ path, namespace: 'virtual' }))
      onLoad({ filter: /.*/, namespace: 'virtual' }, ({ path }) => ({
        contents: sources[path.slice('virtual:'.length)],
        resolveDir: fileURLToPath(new URL('../suite', here)),
      }))
    },
  }
}

/** Serves files on a free port of loopback, each page (`/name`) under the policy it was given. */
export async function serveFiles(files, pages = {}) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://page')
    const page = pages[pathname.slice(1)]
    const body = page === undefined ? files.get(pathname) : document(page.script)
    if (body === undefined) return void response.writeHead(404).end()
    response.setHeader('Content-Type', page === undefined ? 'text/javascript' : 'text/html')
    // A worker is under the policy that came with its own script.
    const { policy } =
      page ?? pages[new URL(request.headers.referer ?? 'http://page').pathname.slice(1)] ?? {}
    if (policy !== undefined) response.setHeader('Content-Security-Policy', policy)
    response.end(body)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}

const document = (script) =>
  '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Suite</title>' +
  `<script type="module" src="/${script}.js"></script>`
