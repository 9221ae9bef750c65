// The published vectors, through the package as it is shipped. Those of webhooks: webhooks.test.mjs.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as farthing from '@farthing/sdk'

const read = (name) => {
  const file = new URL(`../../../tests/vectors/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')).cases
}

/** Runs every case of a file; a kind of case that the package has no function for is listed. */
function vectors(name, kinds, notOffered = []) {
  test(`${name}.json`, () => {
    let ran = 0
    for (const { does, ...each } of read(name)) {
      if (notOffered.includes(does)) continue
      assert.ok(kinds[does], `no test for ${does}`)
      const { error } = each.expect ?? {}
      if (error === undefined) kinds[does](each)
      else
        assert.equal(
          codeOf(() => kinds[does](each)),
          error,
          each.name,
        )
      ran += 1
    }
    assert.ok(ran > 10, `only ${ran} cases ran`)
  })
}

function codeOf(run) {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof farthing.FarthingError, String(error))
    assert.ok(farthing.FARTHING_ERROR_CODES.includes(error.code))
    assert.match(error.message, /^[A-Z].*\.$/s)
    return error.code
  }
  return 'nothing thrown'
}

vectors(
  'money',
  {
    parse_major: ({ text, currency, expect }) =>
      assert.equal(farthing.parseMoney(text, currency), BigInt(expect.minor ?? 0), text),
    to_major: ({ minor, currency, expect }) =>
      assert.equal(farthing.formatMoney({ amount: BigInt(minor), currency }), expect.text),
    allocate: ({ minor, currency, weights, expect, name }) => {
      const parts = farthing.allocateMoney({ amount: BigInt(minor), currency }, weights.map(BigInt))
      assert.deepEqual(parts.map(String), expect.parts, name)
    },
    check_charge: ({ minor, currency }) =>
      farthing.validateCharge({ amount: BigInt(minor), currency }),
    new: ({ minor, currency }) => void farthing.formatMoney({ amount: BigInt(minor), currency }),
  },
  ['signed_to_major', 'share', 'plus', 'minus', 'covers'],
)

vectors('currency', {
  parse: ({ text, expect }) => assert.equal(farthing.currencyFacts(text).code, expect.code),
  row: ({ code, ...row }) => {
    const facts = farthing.currencyFacts(code)
    assert.equal(facts.exponent, row.exponent, code)
    assert.equal(facts.isoExponent, row.iso_exponent ?? undefined, code)
    assert.equal(facts.quantum, BigInt(row.quantum), code)
    assert.equal(facts.payoutQuantum, BigInt(row.payout_quantum), code)
    assert.equal(facts.minimum, row.minimum ? BigInt(row.minimum) : undefined, code)
    assert.equal(facts.withdrawn, row.withdrawn, code)
    assert.ok(farthing.currencyCodes().includes(code))
  },
})

vectors(
  'idempotency',
  {
    parse: ({ key }) => farthing.checkKey(key),
    generate: ({ entropy, expect }) => {
      const given = Buffer.from(entropy, 'hex')
      const { getRandomValues } = crypto
      crypto.getRandomValues = (into) => (into.set(given), into)
      try {
        assert.equal(farthing.newKey(), expect.key)
      } finally {
        crypto.getRandomValues = getRandomValues
      }
    },
  },
  ['bits', 'canonical_request', 'canonical_param', 'differing'],
)

vectors(
  'card',
  {
    number: ({ number, expect }) =>
      assert.equal(farthing.checkNumber(number), expect.brand, number),
    brand: ({ digits, expect }) => assert.equal(farthing.cardFacts(digits).brand, expect.brand),
    cvc: ({ brand, cvc }) => farthing.checkCvc(brand, cvc),
    expiry: ({ month, year, now_ms: nowMs, expect }) => {
      const found = farthing.checkExpiry({ month: String(month), year: String(year), nowMs })
      assert.deepEqual(found, expect)
    },
    luhn: ({ digits, expect }) => assert.equal(farthing.luhn(digits), expect.ok),
  },
  [],
)
