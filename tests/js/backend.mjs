// Starts a server of our own on a free loopback port, and stops it.
import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync, mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const binary = process.env.FARTHING_BIN ?? join(root, 'target', 'debug', 'farthing')
const READY_WITHIN_MS = 30_000

/** A folder of this test's own, under the one that is searched for cards afterwards. */
export function freshFolder(name) {
  const parent = process.env.FARTHING_TEST_DIR ?? tmpdir()
  mkdirSync(parent, { recursive: true })
  return mkdtempSync(join(parent, `${name}-`))
}

/**
 * Starts `farthing serve --dev` in a folder; resolves with its port once it says that it is ready.
 * Without `dev` the folder must have been made by `initialize`.
 */
export async function startBackend({
  folder = freshFolder('sdk'),
  port = 0,
  args = [],
  dev = true,
} = {}) {
  const serve = [
    'serve',
    ...(dev ? ['--dev'] : []),
    '--listen',
    `127.0.0.1:${port}`,
    '--data',
    join(folder, 'data'),
    ...args,
  ]
  const child = spawn(binary, serve, { stdio: ['ignore', 'pipe', 'pipe'] })
  const log = createWriteStream(join(folder, 'serve.log'), { flags: 'a' })
  child.stderr.pipe(log)
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const bound = await new Promise((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error('the server was not ready in time')),
      READY_WITHIN_MS,
    )
    exited.then((code) =>
      reject(new Error(`the server ended with ${code}; see ${folder}/serve.log`)),
    )
    createInterface({ input: child.stdout }).on('line', (line) => {
      log.write(`${line}\n`)
      const ready = /http:\/\/127\.0\.0\.1:(\d+)/.exec(line)
      if (ready !== null) {
        clearTimeout(late)
        resolve(Number(ready[1]))
      }
    })
  })
  const end = async (signal) => {
    child.kill(signal)
    return exited
  }
  return {
    folder,
    port: bound,
    pid: child.pid,
    url: `http://127.0.0.1:${bound}`,
    stop: async () => {
      await keepEvents(bound, folder).catch(() => {}) // It may be dead already, on purpose.
      return end('SIGTERM')
    },
    kill: () => end('SIGKILL'),
  }
}

/** Runs `farthing init` in a folder of its own; resolves with the folder and the keys it showed. */
export async function initialize(folder = freshFolder('operated')) {
  const child = spawn(binary, ['init', '--data', join(folder, 'data')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (chunk) => (said += chunk))
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`farthing init ended with ${code}`)
  const key = (prefix) => new RegExp(`\\b${prefix}\\w+`).exec(said)[0]
  return { folder, secret: key('sk_test_'), operator: key('op_farthing_') }
}

/** Every event in the clear: the database keeps them packed, where no search would see a number. */
async function keepEvents(port, folder) {
  const headers = { Authorization: 'Bearer sk_test_farthing_dev' }
  const log = createWriteStream(join(folder, 'events.log'))
  let after = ''
  for (;;) {
    const page = await fetch(`http://127.0.0.1:${port}/v1/events?limit=100${after}`, { headers })
    const { data, has_more: hasMore } = await page.json()
    log.write(`${JSON.stringify(data)}\n`)
    if (!hasMore) return void log.end()
    after = `&starting_after=${data.at(-1).id}`
  }
}

/** A receiver of webhooks: keeps what arrives, raw. */
export async function startReceiver(answer = () => 200) {
  const received = []
  const log = createWriteStream(join(freshFolder('webhooks'), 'bodies.log'))
  const server = createServer((request, response) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const delivery = { headers: request.headers, body: Buffer.concat(chunks) }
      received.push(delivery)
      log.write(Buffer.concat([delivery.body, Buffer.from('\n')]))
      response.writeHead(answer(delivery, received.length)).end()
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const waitFor = async (wanted, withinMs = 15_000) => {
    const until = Date.now() + withinMs
    while (Date.now() < until) {
      const found = received.find(wanted)
      if (found !== undefined) return found
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    throw new Error(`nothing like it arrived; ${received.length} deliveries did`)
  }
  return {
    url: `http://127.0.0.1:${server.address().port}/hook`,
    received,
    waitFor,
    stop: () => new Promise((resolve) => server.close(resolve) && server.closeAllConnections()),
  }
}
