// Run by Node, Bun and Deno alike: prints the results as one line.
import { runSuite } from './index.mjs'

console.log(`results ${JSON.stringify(await runSuite())}`)
