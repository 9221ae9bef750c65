// A shop's page with `<farthing-card>` on one origin, and the backend on another. The backend is the
// real one; in front of it stands a small server that takes the frame's files from this tree, so that
// they can be tried before they are built into the binary.
import { readFile } from 'node:fs/promises'
import { createServer, request as forward } from 'node:http'
import { fileURLToPath } from 'node:url'
import * as esbuild from 'esbuild'
import { startBackend } from '../../../tests/js/backend.mjs'

const root = new URL('../../../', import.meta.url)
const js = fileURLToPath(new URL('js/', root))
const framePolicy = (wasm) =>
  `default-src 'none'; script-src 'self' ${wasm}; style-src 'self'; connect-src 'self'; ` +
  "img-src 'self' data:; base-uri 'none'; form-action 'none'"
const WASM = "'wasm-unsafe-eval'"
const PUBLISHABLE_KEY = 'pk_test_farthing_dev'

/**
 * Starts everything. What is answered can be changed while it runs: `ancestors`, whom the frame may be
 * framed by, and `frameWasm`, the frame's leave to run WebAssembly. `log` has every request handed on.
 */
export async function openHouse({ wasm = WASM } = {}) {
  const bundles = { frame: await bundle('frame'), element: await bundle('element') }
  const backend = await startBackend()
  const house = { backend, ancestors: undefined, frameWasm: WASM, log: [] }
  const pay = await listen((request, response) => servePay(house, { request, response, bundles }))
  const shop = await listen((request, response) =>
    serveShop({ pay, wasm, bundles }, { request, response }),
  )
  house.ancestors = shop.origin
  return Object.assign(house, {
    payOrigin: pay.origin,
    shopOrigin: shop.origin,
    key: PUBLISHABLE_KEY,
    /** The address of a page with this body; the element is registered and connected by itself. */
    page: (body = CARD, options = {}) =>
      `${shop.origin}/page?${new URLSearchParams({ body, ...options })}`,
    close: async () => {
      await Promise.all([pay.close(), shop.close()])
      await backend.stop()
    },
  })
}

const CARD = '<farthing-card></farthing-card>'
const KNOCK = "to.postMessage({ farthing: 'connect', protocol: 2, settings: {} }, '*', [port])"

async function bundle(name) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [`${js}src/${name}/index.ts`],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'error',
    // As it is shipped: the fall-back of the core is a file of its own.
    plugins: [{ name: 'twin', setup: setUpTwin }],
  })
  return outputFiles[0].text
}

function setUpTwin({ onResolve }) {
  onResolve({ filter: /\/wasm\/core\.twin\.js$/ }, () => ({
    path: '../js/farthing-js.js',
    external: true,
  }))
}

async function servePay(house, { request, response, bundles }) {
  const { pathname } = new URL(request.url, 'http://pay')
  const asset = (name) => readFile(new URL(`crates/server/assets/frame/${name}`, root))
  switch (pathname) {
    case '/farthing/frame':
      response.setHeader(
        'Content-Security-Policy',
        `${framePolicy(house.frameWasm)}; frame-ancestors ${house.ancestors}`,
      )
      return send(response, 'text/html', await asset('frame.html'))
    case '/farthing/frame.css':
      return send(response, 'text/css', await asset('frame.css'))
    case '/farthing/frame.js':
      return send(response, 'text/javascript', bundles.frame)
    case '/js/farthing.js':
      return send(response, 'text/javascript', await readFile(`${js}dist/farthing.js`))
    case '/js/farthing-js.js':
      return send(response, 'text/javascript', await readFile(`${js}wasm/core.twin.js`))
    default:
      return pass(house, request, response)
  }
}

/** Hands a request on to the backend, as if it had come to the backend's own origin. */
function pass(house, request, response) {
  const { backend } = house
  house.log.push(`${request.method} ${request.url}`)
  const headers = { ...request.headers, host: `127.0.0.1:${backend.port}` }
  if (headers.origin === `http://${request.headers.host}`) headers.origin = backend.url
  const { method, url: path } = request
  return new Promise((resolve, reject) => {
    const onward = forward({ port: backend.port, host: '127.0.0.1', method, path, headers })
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode, answer.headers)
      answer.pipe(response).on('close', resolve)
    })
    onward.on('error', reject)
    request.pipe(onward)
  })
}

async function serveShop({ pay, wasm, bundles }, { request, response }) {
  const { pathname, searchParams } = new URL(request.url, 'http://shop')
  const frames = searchParams.get('frames') === 'all' ? '*' : pay.origin
  response.setHeader(
    'Content-Security-Policy',
    `default-src 'self'; script-src 'self' ${wasm} ${pay.origin}; connect-src 'self' ${pay.origin}; ` +
      `frame-src ${frames}; style-src 'self'; base-uri 'none'`,
  )
  const style = searchParams.get('style') ?? ''
  switch (pathname) {
    case '/page':
      return send(
        response,
        'text/html; charset=utf-8',
        `<!doctype html><html lang="${searchParams.get('lang') ?? 'en'}"><head><title>Shop</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <link rel="stylesheet" href="/style.css?${new URLSearchParams({ style })}">
        ${searchParams.has('idle') ? '' : '<script type="module" src="/start.js"></script>'}
        </head><body><main><h1>Pay</h1>${searchParams.get('body')}</main></body></html>`,
      )
    case '/style.css':
      return send(response, 'text/css', style)
    case '/knock.js': // For a page that is not the frame's parent, and knocks all the same.
      return send(response, 'text/javascript', KNOCK)
    case '/element.js':
      return send(response, 'text/javascript', bundles.element)
    case '/start.js': {
      const to = JSON.stringify({ apiBase: pay.origin, publishableKey: PUBLISHABLE_KEY })
      const script = `import { connectCardElements } from '/element.js'\nconnectCardElements(${to})\n`
      return send(response, 'text/javascript', script)
    }
    default:
      response.writeHead(404).end()
  }
}

function send(response, type, content) {
  response.setHeader('Access-Control-Allow-Origin', '*')
  response.setHeader('Content-Type', type)
  response.end(content)
}

function listen(handle) {
  return new Promise((resolve) => {
    const server = createServer((request, response) => {
      handle(request, response).catch((error) => response.destroy(error))
    })
    server.listen(0, '127.0.0.1', () => {
      const close = () => {
        server.closeAllConnections()
        return new Promise((closed) => server.close(closed))
      }
      resolve({ origin: `http://127.0.0.1:${server.address().port}`, close })
    })
  })
}
