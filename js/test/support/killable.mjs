// A browser that can be killed as a crash or a power cut kills it, and started again on what it left.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { FLAGS } from './browser.mjs'

/** Starts Chromium on a profile folder. */
export async function launchKillable(folder) {
  const executable = process.env.CHROMIUM ?? '/usr/bin/chromium'
  const flags = [...FLAGS, '--headless', '--remote-debugging-port=0', `--user-data-dir=${folder}`]
  // A group of its own, so that its children die with it.
  const child = spawn(executable, flags, { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const address = await new Promise((resolve, reject) => {
    exited.then((code) => reject(new Error(`the browser ended with ${code}`)))
    createInterface({ input: child.stderr }).on('line', (line) => {
      const found = /DevTools listening on (ws:\S+)/.exec(line)
      if (found !== null) resolve(found[1])
    })
  })
  const { chromium } = await import('playwright-core')
  const browser = await chromium.connectOverCDP(address, { timeout: 90_000 })
  const [context] = browser.contexts()
  return {
    context,
    kill: async () => {
      process.kill(-child.pid, 'SIGKILL')
      await exited
      await browser.close().catch(() => {})
    },
  }
}
