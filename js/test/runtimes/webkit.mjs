// WebKit, as Debian builds it for GTK: its own driver, its own small browser, on a display of its own.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const LIMIT_MS = 30_000
const LIBRARIES = '/usr/lib'

/** Starts it; `undefined` if it is not here. A page is driven like one of Chromium's, in little. */
export async function launchWebKit() {
  if (!existsSync(LIBRARIES)) return undefined
  const binary = miniBrowser()
  const programs = ['/usr/bin/WebKitWebDriver', '/usr/bin/Xvfb']
  if (binary === undefined || !programs.every((path) => existsSync(path))) return undefined
  const home = mkdtempSync(join(tmpdir(), 'farthing-webkit-'))
  const display = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '800x900x24'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const number = await new Promise((resolve, reject) => {
    display.once('error', reject)
    display.stdio[3].once('data', (text) => resolve(String(text).trim()))
  })
  const port = await freePort()
  const driver = spawn('WebKitWebDriver', [`--port=${port}`, '--host=127.0.0.1'], {
    stdio: 'ignore',
    env: {
      ...process.env,
      HOME: home,
      DISPLAY: `:${number}`,
      GDK_BACKEND: 'x11',
      LIBGL_ALWAYS_SOFTWARE: '1',
      WEBKIT_DISABLE_DMABUF_RENDERER: '1',
      // The sandbox needs namespaces that a container may not have; only our own pages are shown.
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
    },
  })
  const stop = () => {
    driver.kill()
    display.kill()
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
  try {
    const ask = asker(port)
    const options = { binary, args: ['--automation'] }
    const alwaysMatch = { browserName: 'MiniBrowser', 'webkitgtk:browserOptions': options }
    const { sessionId } = await ask('POST', '/session', { capabilities: { alwaysMatch } })
    const session = (method, path, body) => ask(method, `/session/${sessionId}${path}`, body)
    return {
      newPage: async () => pageOf(session),
      close: async () => {
        await session('DELETE', '').catch(() => {})
        stop()
      },
    }
  } catch (failure) {
    stop()
    throw failure
  }
}

/** One window serves all pages, one after the other. What the console says cannot be heard. */
function pageOf(session) {
  const evaluate = (run) =>
    session('POST', '/execute/sync', { script: `return (${run})()`, args: [] })
  return {
    on: () => {},
    goto: (url) => session('POST', '/url', { url }),
    evaluate,
    waitForFunction: async (run) => {
      for (const until = Date.now() + LIMIT_MS; Date.now() < until; await sleep(50)) {
        if (await evaluate(run)) return
      }
      throw new Error('it did not come true in time')
    },
    close: () => session('POST', '/url', { url: 'about:blank' }),
  }
}

function asker(port) {
  return async (method, path, body) => {
    const init = { method, ...(body && { body: JSON.stringify(body) }) }
    const answer = await retried(() => fetch(`http://127.0.0.1:${port}${path}`, init))
    const { value } = await answer.json()
    if (!answer.ok) throw new Error(`${path}: ${value.error}: ${value.message}`)
    return value
  }
}

/** The driver says nothing when it begins to listen. */
async function retried(run) {
  for (const until = Date.now() + LIMIT_MS; ; await sleep(100)) {
    try {
      return await run()
    } catch (failure) {
      if (Date.now() > until) throw failure
    }
  }
}

function miniBrowser() {
  for (const machine of readdirSync(LIBRARIES).filter((name) => name.includes('linux-gnu'))) {
    for (const name of readdirSync(join(LIBRARIES, machine))) {
      const path = join(LIBRARIES, machine, name, 'MiniBrowser')
      if (name.startsWith('webkit2gtk-') && existsSync(path)) return path
    }
  }
  return undefined
}

function freePort() {
  const server = createServer()
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
