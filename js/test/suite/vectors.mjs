// The published vectors of amounts, currencies, keys and cards.
import * as farthing from '@farthing/sdk'
import card from '../../../tests/vectors/card.json' with { type: 'json' }
import currency from '../../../tests/vectors/currency.json' with { type: 'json' }
import idempotency from '../../../tests/vectors/idempotency.json' with { type: 'json' }
import money from '../../../tests/vectors/money.json' with { type: 'json' }
import { codeOf, equal, holds, same } from './check.mjs'

/** One case for each kind of a file. What the package has no function for is listed, and left out. */
export function replay(file, name, kinds, notOffered = []) {
  const groups = new Map()
  for (const { does, ...each } of file.cases) {
    if (notOffered.includes(does)) continue
    holds(does in kinds, `nothing is said of ${does} in ${name}`)
    groups.set(does, [...(groups.get(does) ?? []), each])
  }
  return [...groups].map(([does, members]) => ({
    name: `${name}.json: ${does}, ${members.length} vectors`,
    run: () => {
      for (const each of members) {
        const error = each.expect?.error
        if (error === undefined) kinds[does](each)
        else
          equal(
            codeOf(() => kinds[does](each), each.name),
            error,
            each.name,
          )
      }
    },
  }))
}

const amountOf = ({ minor, currency }) => ({ amount: BigInt(minor), currency })

export const vectorCases = [
  ...replay(
    money,
    'money',
    {
      parse_major: ({ text, currency, expect }) =>
        equal(farthing.parseMoney(text, currency), BigInt(expect.minor ?? 0), text),
      to_major: ({ expect, ...each }) => equal(farthing.formatMoney(amountOf(each)), expect.text),
      allocate: ({ weights, expect, name, ...each }) => {
        const parts = farthing.allocateMoney(amountOf(each), weights.map(BigInt))
        same(parts.map(String), expect.parts, name)
      },
      check_charge: (each) => farthing.validateCharge(amountOf(each)),
      new: (each) => void farthing.formatMoney(amountOf(each)),
    },
    ['signed_to_major', 'share', 'plus', 'minus', 'covers'],
  ),
  ...replay(currency, 'currency', {
    parse: ({ text, expect }) => equal(farthing.currencyFacts(text).code, expect.code, text),
    row: ({ name: _, code, minimum, ...row }) => {
      const facts = farthing.currencyFacts(code)
      const want = {
        code,
        exponent: row.exponent,
        isoExponent: row.iso_exponent ?? undefined,
        quantum: BigInt(row.quantum),
        payoutQuantum: BigInt(row.payout_quantum),
        minimum: minimum ? BigInt(minimum) : undefined,
        withdrawn: row.withdrawn,
      }
      same(facts, want, code)
      holds(farthing.currencyCodes().includes(code), `${code} is not listed`)
    },
  }),
  ...replay(
    idempotency,
    'idempotency',
    {
      parse: ({ key }) => farthing.checkKey(key),
      generate: ({ entropy, expect }) =>
        withEntropy(entropy, () => equal(farthing.newKey(), expect.key, entropy)),
    },
    ['bits', 'canonical_request', 'canonical_param', 'differing'],
  ),
  ...replay(card, 'card', {
    number: ({ number, expect }) => equal(farthing.checkNumber(number), expect.brand, number),
    brand: ({ digits, expect }) => equal(farthing.cardFacts(digits).brand, expect.brand, digits),
    cvc: ({ brand, cvc }) => farthing.checkCvc(brand, cvc),
    expiry: ({ month, year, now_ms: nowMs, expect, name }) => {
      const found = farthing.checkExpiry({ month: String(month), year: String(year), nowMs })
      same(found, expect, name)
    },
    luhn: ({ digits, expect }) => equal(farthing.luhn(digits), expect.ok, digits),
  }),
]

/** Runs with the platform's randomness replaced by the bytes of a vector. */
function withEntropy(hex, run) {
  const given = Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16))
  const own = Object.getOwnPropertyDescriptor(crypto, 'getRandomValues')
  const value = (into) => (into.set(given), into)
  Object.defineProperty(crypto, 'getRandomValues', { value, configurable: true, writable: true })
  try {
    run()
  } finally {
    if (own === undefined) delete crypto.getRandomValues
    else Object.defineProperty(crypto, 'getRandomValues', own)
  }
}
