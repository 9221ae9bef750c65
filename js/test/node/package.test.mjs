// What the package promises besides its functions: nothing runs at import, no dependency, its errors.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as esbuild from 'esbuild'
import { FarthingError, parseMoney, formatMoney, displayMoney } from '@farthing/sdk/money'
import { newKey } from '@farthing/sdk/idempotency'
import { loadFarthing } from '@farthing/sdk/checkout'
import { createClient } from '@farthing/sdk/client'
import * as whole from '@farthing/sdk'

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

test('the manifest declares no runtime dependency, and the one side effect', () => {
  for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies']) {
    assert.equal(manifest[kind], undefined)
  }
  // The one module that is imported for what it does.
  assert.deepEqual(manifest.sideEffects, ['./dist/js.js'])
  assert.equal(manifest.type, 'module')
})

const code = Object.entries(manifest.exports).filter(([, entry]) => entry.default !== undefined)
for (const [entry, ways] of code) {
  for (const conditions of [[], ['workerd']]) {
    test(`${entry} bundles without a warning: ${conditions[0] ?? 'default'}`, async () => {
      const from = `@farthing/sdk${entry.slice(1)}`
      const isForEffect = entry === './js'
      const { warnings, outputFiles } = await esbuild.build({
        stdin: {
          contents: isForEffect ? `import '${from}'` : `export * from '${from}'`,
          resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
        },
        bundle: true,
        write: false,
        format: 'esm',
        logLevel: 'silent',
        conditions,
        external: ['*.wasm'],
      })
      assert.deepEqual(
        warnings.map(({ id, text }) => `${id}: ${text}`),
        [],
      )
      assert.ok(outputFiles[0].text.length > 1_000)
    })
  }
  test(`${entry} has a build for workerd, if a server can use it`, () => {
    if (entry === './js') assert.equal(ways.workerd, undefined)
    else assert.equal(ways.workerd, ways.default.replace('./dist/', './dist/workerd/'))
  })
}

test('the entries are the documented ones', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  for (const [entry] of code) {
    assert.ok(readme.includes(`@farthing/sdk${entry.slice(1)}`), `${entry} is not in the README`)
  }
})

test('importing compiles nothing', () => {
  const script = `
    WebAssembly.Module = class { constructor() { throw new Error('compiled at import') } }
    await import('@farthing/sdk')`
  const flags = ['--input-type=module', '--eval', script]
  const cwd = new URL('../..', import.meta.url)
  const { status, stderr } = spawnSync(process.execPath, flags, { cwd, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
})

test('one error class, whichever way the package is imported', () => {
  assert.equal(whole.FarthingError, FarthingError)
  assert.throws(() => parseMoney('1,5', 'usd'), {
    name: 'FarthingError',
    code: 'amount_unparsable',
  })
})

test('an amount is a bigint, and nothing else passes for one', () => {
  for (const amount of [5, '5', NaN, null]) {
    assert.throws(() => formatMoney({ amount, currency: 'usd' }), { code: 'bad_option' })
  }
  assert.throws(() => formatMoney({ amount: 1n << 63n, currency: 'usd' }), {
    code: 'amount_overflow',
  })
})

test('an amount is shown to people with all of its digits', () => {
  const locale = 'en-US'
  assert.equal(displayMoney({ amount: 7187n, currency: 'usd' }, { locale }), '$71.87')
  assert.equal(displayMoney({ amount: 500n, currency: 'JPY' }, { locale }), '¥500')
  const most = displayMoney({ amount: 9223372036854775807n, currency: 'usd' }, { locale })
  assert.equal(most, '$92,233,720,368,547,758.07')
})

test('keys are new every time', () => {
  const keys = new Set(Array.from({ length: 100 }, newKey))
  assert.equal(keys.size, 100)
  for (const key of keys) assert.match(key, /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-/)
})

test('a checkout takes a publishable key and an address, and no other', async () => {
  const apiBase = 'https://pay.example.com/'
  const code = 'bad_option'
  await assert.rejects(loadFarthing('sk_test_1', { apiBase }), { code })
  for (const wrong of ['', 'pay.example.com', 'javascript:alert(1)', '/pay', undefined]) {
    await assert.rejects(loadFarthing('pk_test_1', { apiBase: wrong }), { code }, wrong)
  }
  const farthing = await loadFarthing('pk_test_1', { apiBase })
  for (const element of [undefined, null, '4242424242424242', { number: '4242424242424242' }]) {
    await assert.rejects(farthing.createPaymentMethod({ element }), { code })
  }
})

test('the declarations that are shipped are whole, and as strict as promised', () => {
  const cwd = new URL('../..', import.meta.url)
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--noEmit', '--types', '']
  const target = ['--target', 'es2022', '--lib', 'es2023,dom,dom.iterable', '--ignoreConfig']
  for (const [module, resolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ]) {
    const way = ['--module', module, '--moduleResolution', resolution]
    const files = ['test/support/consumer.ts']
    const run = ['node_modules/.bin/tsc', [...strict, ...target, ...way, ...files]]
    const { status, stdout } = spawnSync(...run, { cwd, encoding: 'utf8' })
    assert.equal(status, 0, stdout)
  }
})

test('what a beginner forgets is refused by name', async () => {
  const farthing = await loadFarthing('pk_test_x', { apiBase: 'http://127.0.0.1:1' })
  const pay = (createIntent, cartId) =>
    farthing.confirmPayment({
      cartId,
      amount: 100n,
      currency: 'usd',
      paymentMethodId: 'pm_1',
      createIntent,
    })
  const mistakes = {
    'no currency': () => parseMoney('12'),
    'a number for a text': () => parseMoney(12.34, 'usd'),
    'an amount without its currency': () => displayMoney(1234n, 'usd'),
    'no options for a page': () => loadFarthing('pk_test_x'),
    'no options for a server': () => createClient('sk_test_x'),
    'no createIntent': () => pay(undefined, 'one'),
    'no return in createIntent': () => pay(async () => {}, 'two'),
    'the whole intent for its secret': () => pay(async () => ({ client_secret: 'x' }), 'three'),
  }
  for (const [mistake, make] of Object.entries(mistakes)) {
    const isNamed = { name: 'FarthingError', code: 'bad_option' }
    await assert.rejects(async () => make(), isNamed, mistake)
  }
})
