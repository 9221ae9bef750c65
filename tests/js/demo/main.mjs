// The demo: `node demo/main.mjs` stays up for a person; `--once` drives one payment and compares.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { freshFolder } from '../backend.mjs'
import { KEYS, openHouse } from './house.mjs'
import { compare, print } from './report.mjs'
import { shop } from './shopper.mjs'

// Long enough that a person (and the reload of `--once`) can catch a payment under way.
const SLOW_NETWORK = 'slow_ms=1500..1500'

const { values } = parseArgs({
  options: { once: { type: 'boolean', default: false }, shots: { type: 'string' } },
})
const folder = freshFolder('demo')
const shots = values.shots ?? folder
mkdirSync(shots, { recursive: true })
const ports = values.once
  ? { backend: 0, worker: 0, page: 0 }
  : { backend: 4242, worker: 8787, page: 8080 }
const house = await openHouse({ folder, ports, backendArgs: ['--simulator-faults', SLOW_NETWORK] })

console.log(`
  checkout page   ${house.page.url}
  backend         ${house.backend.url}
  Worker          ${house.worker.url}
  secret key      ${KEYS.secret}
  publishable key ${KEYS.publishable}
  inbox token     ${house.worker.token}
  data and logs   ${folder}
`)
try {
  if (values.once) {
    process.exitCode = (await once()) ? 0 : 1
  } else {
    console.log(
      '  Pay with 4242 4242 4242 4242, any future date, any CVC. Ctrl-C stops everything.\n',
    )
    await new Promise((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve)
    })
  }
} catch (error) {
  console.error(`\nThe demo failed: ${error.message}`)
  process.exitCode = 1
} finally {
  await house.stop()
}

async function once() {
  const names = ['checkout', 'paying', 'paid']
  const files = Object.fromEntries(names.map((name) => [name, join(shots, `${name}.png`)]))
  console.log(
    '  A person types a card, clicks Pay twice, and reloads while the payment is under way …',
  )
  const page = await shop({ url: house.page.url, shots: files })
  const report = await compare({ house, folder, page })
  print(report)
  console.log(`Screenshots: ${shots}`)
  return report.agreed
}
