// The server-rendered React example: built, started and paid at, as its README says.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startBackend } from '../../../tests/js/backend.mjs'
import { notRun } from '../runtimes/support.mjs'
import { fillCard, launch } from '../support/browser.mjs'
import { run } from '../package/packed.mjs'

const cwd = fileURLToPath(new URL('../../../examples/react-ssr', import.meta.url))
const isHere = existsSync(`${cwd}/node_modules`)
let backend
let browser
let shop

before(async () => {
  if (!isHere) return
  run('npm', ['run', '--silent', 'build'], { cwd })
  backend = await startBackend()
  shop = await startShop(backend.url)
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await shop?.stop()
  await backend?.stop()
})

test('the declarations fit JSX', (t) => {
  if (!isHere) return notRun(t, 'React')
  run('npm', ['run', '--silent', 'check'], { cwd })
})

test('the server renders the element, and the page that takes over pays', async (t) => {
  if (!isHere) return notRun(t, 'React')
  const html = await (await fetch(shop.url)).text()
  assert.match(html, /<farthing-card[^>]*><\/farthing-card>/)
  assert.match(html, /\$71\.87/)

  const page = await browser.newPage()
  const complaints = []
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.goto(shop.url)
  assert.ok(await page.locator('#pay').isDisabled(), 'nothing to pay with yet')
  await fillCard(page, { number: '4242424242424242' })
  await page.locator('#pay').click()
  await page.locator('#outcome', { hasText: /./ }).waitFor()
  assert.equal(await page.locator('#outcome').textContent(), 'succeeded')
  assert.deepEqual(complaints, [])
})

async function startShop(backendUrl) {
  const child = spawn(process.execPath, ['dist/server.js'], {
    cwd,
    env: { ...process.env, FARTHING_URL: backendUrl, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const url = await new Promise((resolve, reject) => {
    ended.then((code) => reject(new Error(`the shop ended with ${code}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      const told = /http:\/\/127\.0\.0\.1:\d+/.exec(line)
      if (told !== null) resolve(told[0])
    })
  })
  return { url, stop: () => (child.kill(), ended) }
}
