// The suite in Bun, with WebAssembly and without.
import { test } from 'node:test'
import { installed, notRun, report, runCommand } from './support.mjs'

const bun = installed('bun')

for (const [way, file] of Object.entries({ Bun: 'command', 'Bun, in JavaScript': 'command-js' })) {
  test(way, async (t) => {
    if (bun === undefined) return notRun(t, way)
    await report(t, await runCommand(bun, [`test/suite/${file}.mjs`]))
  })
}
