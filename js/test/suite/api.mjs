// What every export keeps to beside the vectors: its types, its errors, and wild input.
import * as farthing from '@farthing/sdk'
import * as checkout from '@farthing/sdk/checkout'
import * as money from '@farthing/sdk/money'
import { codeOf, equal, holds, same } from './check.mjs'

const WILD = ['', ' ', '\0', '\ud800', '٣', '1e3', '-0', '0x10', '1'.repeat(70_000), '💳'.repeat(9)]
const LAST = 9_223_372_036_854_775_807n

export const apiCases = [
  {
    name: 'one error class, whichever way the package is imported',
    run: () => {
      equal(money.FarthingError, farthing.FarthingError)
      equal(checkout.FarthingError, farthing.FarthingError)
      equal(
        codeOf(() => money.parseMoney('1,5', 'usd')),
        'amount_unparsable',
      )
    },
  },
  {
    name: 'an amount is a bigint in range, and nothing else passes for one',
    run: () => {
      for (const amount of [5, '5', Number.NaN, null, undefined, {}]) {
        const code = codeOf(() => farthing.formatMoney({ amount, currency: 'usd' }))
        equal(code, 'bad_option', String(amount))
      }
      for (const amount of [LAST + 1n, 1n << 64n, 1n << 4096n]) {
        const code = codeOf(() => farthing.formatMoney({ amount, currency: 'usd' }))
        equal(code, 'amount_overflow', 'past the last amount')
      }
      const code = codeOf(() => farthing.formatMoney({ amount: -1n, currency: 'usd' }))
      equal(code, 'amount_negative')
      equal(farthing.formatMoney({ amount: LAST, currency: 'usd' }), '92233720368547758.07')
    },
  },
  {
    name: 'an amount is shown to people with all of its digits',
    run: () => {
      const shown = (amount, currency) =>
        farthing.displayMoney({ amount, currency }, { locale: 'en-US' })
      equal(shown(7187n, 'usd'), '$71.87')
      equal(shown(500n, 'jpy'), '¥500')
      equal(shown(LAST, 'usd'), '$92,233,720,368,547,758.07')
    },
  },
  {
    name: 'parts add up to the whole',
    run: () => {
      for (const amount of [0n, 1n, 100n, LAST]) {
        const parts = farthing.allocateMoney({ amount, currency: 'usd' }, [1, 2, 3n])
        equal(
          parts.reduce((sum, part) => sum + part, 0n),
          amount,
        )
      }
    },
  },
  {
    name: 'keys are new every time',
    run: () => {
      const keys = new Set(Array.from({ length: 200 }, farthing.newKey))
      equal(keys.size, 200)
      for (const key of keys) holds(/^[\da-f]{8}-[\da-f]{4}-4/.test(key), `${key} is no key`)
    },
  },
  {
    name: 'wild text gets an answer or a code',
    run: () => {
      for (const text of WILD) {
        codeOf(() => farthing.parseMoney(text, 'usd'))
        codeOf(() => farthing.parseMoney('1', text))
        codeOf(() => farthing.currencyFacts(text))
        codeOf(() => farthing.checkKey(text))
        codeOf(() => farthing.checkNumber(text))
        codeOf(() => farthing.checkCvc('visa', text))
        codeOf(() => farthing.checkExpiry({ month: text, year: text, nowMs: 0 }))
      }
      equal(farthing.parseMoney('12.34', 'usd'), 1234n, 'after all that')
    },
  },
  {
    name: 'every currency is known by its facts, and an amount of it survives text',
    run: () => {
      const codes = farthing.currencyCodes()
      holds(codes.length > 130, `only ${codes.length} currencies`)
      for (const currency of codes) {
        const { quantum } = farthing.currencyFacts(currency)
        const amount = 123_400n * quantum
        const text = farthing.formatMoney({ amount, currency })
        equal(farthing.parseMoney(text, currency), amount, currency)
      }
      same(farthing.currencyFacts('KWD').exponent, 3)
    },
  },
]
