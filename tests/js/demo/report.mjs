// What each part says of the one payment, side by side, and whether they agree to the cent.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { backendCall } from './house.mjs'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const binary = process.env.FARTHING_BIN ?? join(root, 'target', 'debug', 'farthing')
const ARRIVED_WITHIN_MS = 20_000

const money = (minor) => `${(minor / 100).toFixed(2)} USD`

/** Rows of [who, what it says, minor units it speaks of]; every one must be the same amount. */
export async function compare({ house, folder, page }) {
  const intents = (await backendCall(house.backend, 'GET', '/v1/payment_intents?limit=100')).data
  const charges = (await backendCall(house.backend, 'GET', '/v1/charges?limit=100')).data
  const paid = intents.filter(({ status }) => status === 'succeeded')
  const rows = await inbox(house.worker)
  const announced = rows.filter(({ type }) => type === 'payment_intent.succeeded')
  const books = readBooks(folder)
  const shown = Number(/([\d,]+\.\d\d)/.exec(page.text)[1].replaceAll(/[,.]/g, ''))
  const said = [
    ['page', `paid, reference ${/pi_\w+/.exec(page.text)?.[0]}`, shown],
    [
      'backend',
      `${intents.length} intent, ${charges.length} charge`,
      total(paid, 'amount_received'),
    ],
    ['network', `${books.network.charges} charge in its own book`, books.network.captured],
    [
      'worker',
      `${announced.length} payment_intent.succeeded of ${rows.length} events`,
      total(announced.map(bodyOf), 'amount_received'),
    ],
    ['ledger', 'gross of all charges, balanced', books.gross],
  ]
  const once = [
    ['one intent', intents.length === 1],
    ['one charge', charges.length === 1],
    ['one charge in the network’s own book', books.network.charges === 1],
    ['one payment_intent.succeeded in the Worker’s inbox', announced.length === 1],
    ['one idempotency key for every confirm', new Set(page.confirms).size === 1],
    ['no card number outside the frame', !page.leaked],
    ['the books balance, and the network’s own book agrees', books.balanced],
    ['all amounts agree', said.every(([, , minor]) => minor === said[0][2])],
    ['the reference is the intent’s', said[0][1].endsWith(paid[0]?.id ?? '?')],
  ]
  return { said, once, agreed: once.every(([, holds]) => holds) }
}

export function print({ said, once, agreed }) {
  console.log('')
  for (const [who, what, minor] of said)
    console.log(`  ${who.padEnd(9)} ${money(minor).padStart(12)}   ${what}`)
  console.log('')
  for (const [what, holds] of once) console.log(`  ${holds ? '✓' : '✗'} ${what}`)
  console.log(agreed ? '\nAll parts agree to the cent.' : '\nThe parts do not agree.')
}

/** The Worker's inbox, once the intent's success has arrived there. */
async function inbox(worker) {
  const until = Date.now() + ARRIVED_WITHIN_MS
  for (;;) {
    const { rows } = await worker.inbox()
    const arrived = rows.some(({ type }) => type === 'payment_intent.succeeded')
    if (arrived || Date.now() > until) return rows
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

const bodyOf = ({ body }) => (typeof body === 'string' ? JSON.parse(body) : body).data.object
const total = (objects, field) => objects.reduce((sum, object) => sum + object[field], 0)

/** `farthing books`, beside the running server. */
function readBooks(folder) {
  const output = execFileSync(binary, ['books', '--data', join(folder, 'data'), '--json'], {
    encoding: 'utf8',
  })
  const books = JSON.parse(output)
  const usd = ({ currency }) => currency === 'usd'
  const network = books.network.totals.find(usd) ?? { captured: '0', charges: 0 }
  const outside = books.totals.find((row) => usd(row) && row.account === 'network')
  return {
    balanced: books.ok && books.network.state === 'agrees',
    network: { charges: network.charges, captured: Number(network.captured) },
    gross: -Number(outside?.minor ?? 0),
  }
}
