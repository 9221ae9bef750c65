// What the Worker weighs, and how long it takes to start: bench/size.mjs with its bounds.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

test('the script is within its bound, and so is its start', () => {
  const bench = join(dirname(fileURLToPath(import.meta.url)), '..', 'bench', 'size.mjs')
  const { status, stdout, stderr } = spawnSync(process.execPath, [bench, '--check'], { encoding: 'utf8' })
  assert.equal(status, 0, stdout + stderr)
})
