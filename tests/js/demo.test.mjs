// The whole house, as `cargo xtask demo --once` shows it: page, backend, Worker, network, ledger.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

test('one payment by a clumsy person: every part agrees to the cent', () => {
  const demo = fileURLToPath(new URL('demo/main.mjs', import.meta.url))
  const { status, stdout, stderr } = spawnSync(process.execPath, [demo, '--once'], {
    encoding: 'utf8',
    timeout: 180_000,
  })
  assert.equal(status, 0, `${stdout}\n${stderr}`)
  assert.match(stdout, /All parts agree to the cent\./)
})
