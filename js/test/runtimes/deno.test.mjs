// The suite in Deno, which is allowed nothing: the package asks for nothing.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { installed, notRun, report, runCommand } from './support.mjs'

const deno = installed('deno')
const FLAGS = ['run', '--no-prompt', '--cached-only', '--no-lock', '--node-modules-dir=manual']

for (const [way, file] of Object.entries({
  Deno: 'command',
  'Deno, in JavaScript': 'command-js',
})) {
  test(way, async (t) => {
    if (deno === undefined) return notRun(t, way)
    const cache = mkdtempSync(join(tmpdir(), 'farthing-deno-'))
    t.after(() => rmSync(cache, { recursive: true, force: true }))
    const env = { DENO_DIR: cache, DENO_NO_UPDATE_CHECK: '1' }
    await report(t, await runCommand(deno, [...FLAGS, `test/suite/${file}.mjs`], env))
  })
}
