// What examples/worker says is what there is: every setting is explained there, all of them together
// are good settings, and the page that it speaks of runs under its own policy.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { start } from '../runtime.mjs'
import { FORWARD_SECRET, STATUS_TOKEN, STRIPE_SECRET, settings } from './helpers.mjs'

const root = new URL('../', import.meta.url)
const toml = readFileSync(new URL('../../examples/worker/wrangler.toml', root), 'utf8')

/** Secrets that are not in the file because they never are. */
const SECRETS = {
  SECRET_SHOP: STRIPE_SECRET,
  FORWARD_SECRET,
  STATUS_TOKEN,
  ALERT_SECRET: FORWARD_SECRET,
  FARTHING_SECRET_KEY: 'sk_live_of_the_example',
  CHECKOUT_SECRET: 'thirty-two characters or more, at random',
}

/** The variables of the file, those that are commented out included. */
function variables() {
  const text = toml.split('[vars]')[1].replace(/^# ?/gm, '')
  const found = text.matchAll(/^([A-Z][A-Z_]+) = (?:'''([^]*?)'''|"(.*)")$/gm)
  return Object.fromEntries([...found].map(([, name, long, short]) => [name, long ?? short]))
}

test('all settings of the example together are good settings', async () => {
  const worker = await start({ bindings: { ...variables(), ...SECRETS } })
  try {
    const answer = await fetch(`${worker.url}/healthz`)
    assert.equal(answer.status, 200, await answer.text())
  } finally {
    await worker.stop()
  }
})

test('dev.mjs runs it on a machine without a network', { timeout: 60_000 }, async (t) => {
  const all = Object.entries({ ...variables(), ...SECRETS })
  const settings = Object.fromEntries(all.map(([name, value]) => [`EDGE_${name}`, value]))
  // Whoever asked a proxy for anything would be answered by nobody.
  const proxy = { http_proxy: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9' }
  const script = fileURLToPath(new URL('dev.mjs', root))
  const child = spawn(process.execPath, [script, '--port', '0', '--while-stdin'], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...proxy, ...settings },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  t.after(() => child.kill('SIGKILL'))
  const url = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => resolve(/^ready (http:\/\/127\.0\.0\.1:\d+)$/.exec(line)?.[1]))
    exited.then((code) => reject(new Error(`it ended with ${code}`)))
  })
  assert.equal((await fetch(`${url}/healthz`)).status, 200)
  child.stdin.end()
  assert.equal(await exited, 0, 'it never outlives who started it')
})

test('every setting that is read is explained in the example', () => {
  const sources = ['config', 'checkout'].flatMap((folder) =>
    readdirSync(new URL(`src/${folder}/`, root))
      .filter((name) => name.endsWith('.rs') && name !== 'tests.rs')
      .map((name) => readFileSync(new URL(`src/${folder}/${name}`, root), 'utf8')),
  )
  const read = new Set(sources.flatMap((text) => text.match(/"[A-Z][A-Z]+(?:_[A-Z]+)*"/g) ?? []))
  assert.ok(read.size > 20, `${read.size}`)
  for (const name of read) assert.ok(toml.includes(name.slice(1, -1)), `${name} is not in wrangler.toml`)
  const table = /const FIELDS: [^]*?\n\];/.exec(sources.find((text) => text.includes('const FIELDS')))[0]
  const fields = [...table.matchAll(/^ {4}\("(\w+)", /gm)]
  assert.ok(fields.length > 10, `${fields.length}`)
  for (const [, field] of fields) {
    assert.match(toml, new RegExp(`^#   ${field} `, 'm'), `${field} of a source is not in wrangler.toml`)
  }
})

test('the page may run its own script and style, and nothing else', async () => {
  const worker = await start({ bindings: settings() })
  try {
    const answer = await fetch(`${worker.url}/`)
    const page = await answer.text()
    const policy = answer.headers.get('content-security-policy')
    for (const tag of ['script', 'style']) {
      const [, text, ...more] = page.split(new RegExp(`</?${tag}>`))
      assert.equal(more.length, 1, `one ${tag}`)
      const hash = createHash('sha256').update(text).digest('base64')
      assert.ok(policy.includes(`; ${tag}-src 'sha256-${hash}'; `), tag)
    }
    for (const rule of ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'", "form-action 'none'"]) {
      assert.ok(policy.split('; ').includes(rule), rule)
    }
    assert.doesNotMatch(policy, /unsafe|\*/)
    assert.doesNotMatch(page, new RegExp(STATUS_TOKEN))
    assert.equal(answer.headers.get('cache-control'), 'no-store')
  } finally {
    await worker.stop()
  }
})
