// What README.md says of a pinned copy: an import map covers the twin, which the attribute does not.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { launch } from '../support/browser.mjs'

const fileOf = (name) => readFileSync(new URL(`../../dist/${name}`, import.meta.url))
const hashOf = (text) => `sha384-${createHash('sha384').update(text).digest('base64')}`
let browser
let server
/** The page's import map. */
let map
/** What is served in place of the twin. */
let twin

before(async () => {
  browser = await launch()
  server = createServer(({ url }, response) => {
    const name = url.slice(1)
    const policy = "default-src 'none'; script-src 'self' 'nonce-here'"
    const headers = { 'content-type': 'text/html', 'content-security-policy': policy }
    if (name === 'page') {
      const tag = `<script type="importmap" nonce="here">${JSON.stringify(map)}</script>`
      return response.writeHead(200, headers).end(tag)
    }
    const script = { 'content-type': 'text/javascript' }
    if (name === 'farthing-js.js') return response.writeHead(200, script).end(twin)
    if (name === 'farthing.js') return response.writeHead(200, script).end(fileOf(name))
    response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
})
after(async () => {
  await browser.close()
  server.close()
})

async function amount() {
  const page = await browser.newPage()
  try {
    await page.goto(`http://127.0.0.1:${server.address().port}/page`)
    return await page.evaluate(async () => {
      const script = document.createElement('script')
      script.type = 'module'
      script.nonce = 'here'
      script.textContent = `
        import { parseMoney, ready } from '/farthing.js'
        const seen = ready().then(() => String(parseMoney('71.87', 'usd')))
        seen.catch(() => 'refused').then((told) => (document.title = told))`
      document.head.append(script)
      while (document.title === '') await new Promise((resolve) => setTimeout(resolve, 20))
      return document.title
    })
  } finally {
    await page.close()
  }
}

test('an import map with the hash of the twin takes it, and no other', async () => {
  const genuine = fileOf('farthing-js.js')
  map = { integrity: { '/farthing-js.js': hashOf(genuine) } }
  twin = genuine
  assert.equal(await amount(), '7187')
  twin = `${genuine}\n`
  assert.equal(await amount(), 'refused')
  // Without the map nothing checks it.
  map = { imports: {} }
  assert.equal(await amount(), '7187')
})

test('README.md tells of it', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  assert.match(readme, /"integrity": \{ "[^"]*\/farthing-js\.js": "sha384-/)
})
