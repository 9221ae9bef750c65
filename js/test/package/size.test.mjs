// The package weighs what size.json says, within its bounds, and starts in time.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

const cwd = new URL('../..', import.meta.url)

test('every entry is within its bound, and grew by 2 % at most', () => {
  const run = ['scripts/size.mjs', '--ours']
  const { status, stdout, stderr } = spawnSync(process.execPath, run, { cwd, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  assert.match(stdout, /\.\/webhooks/)
})
