// The suite in the Node that runs the tests, with WebAssembly and without.
import { test } from 'node:test'
import { report, runCommand } from './support.mjs'

test(`Node ${process.versions.node}`, async (t) => {
  await report(t, await runCommand(process.execPath, ['test/suite/command.mjs']))
})

test(`Node ${process.versions.node}, where WebAssembly is refused`, async (t) => {
  await report(t, await runCommand(process.execPath, ['test/suite/command-js.mjs']))
})
