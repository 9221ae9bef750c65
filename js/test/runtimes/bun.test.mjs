// The suite in Bun.
import { test } from 'node:test'
import { installed, notRun, report, runCommand } from './support.mjs'

test('Bun', async (t) => {
  const bun = installed('bun')
  if (bun === undefined) return notRun(t, 'Bun')
  await report(t, await runCommand(bun, ['test/suite/command.mjs']))
})
