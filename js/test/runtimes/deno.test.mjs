// The suite in Deno, which is allowed nothing: the package asks for nothing.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { installed, notRun, report, runCommand } from './support.mjs'

test('Deno', async (t) => {
  const deno = installed('deno')
  if (deno === undefined) return notRun(t, 'Deno')
  const cache = mkdtempSync(join(tmpdir(), 'farthing-deno-'))
  t.after(() => rmSync(cache, { recursive: true, force: true }))
  const flags = ['run', '--no-prompt', '--cached-only', '--no-lock', '--node-modules-dir=manual']
  const env = { DENO_DIR: cache, DENO_NO_UPDATE_CHECK: '1' }
  await report(t, await runCommand(deno, [...flags, 'test/suite/command.mjs'], env))
})
