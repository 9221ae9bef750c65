// The packed tarball: what is in it, what its judges say, and its use from every kind of module.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { install, js, pack, run } from './packed.mjs'

const packed = pack()
install(packed)
after(() => rmSync(packed.folder, { recursive: true, force: true }))

const { exports } = JSON.parse(readFileSync(join(js, 'package.json'), 'utf8'))

test('it holds what is imported, what that mentions, and nothing else', () => {
  const entries = Object.values(exports).flatMap((entry) =>
    typeof entry === 'string' ? [entry] : Object.values(entry),
  )
  const expected = new Set(['LICENSE', 'README.md', 'package.json'])
  const shipped = ['dist/farthing.js', 'dist/farthing-js.js', 'dist/integrity.json']
  for (const path of shipped) if (existsSync(join(js, path))) expected.add(path)
  // What the README links to.
  for (const page of readdirSync(join(js, 'docs'))) expected.add(`docs/${page}`)
  const visit = (path) => {
    if (expected.has(path)) return
    expected.add(path)
    if (path.endsWith('.wasm')) return
    const text = readFileSync(join(js, path), 'utf8')
    const folder = path.slice(0, path.lastIndexOf('/'))
    for (const [, to] of text.matchAll(/(?:from|import|import\()\s*['"](\.[^'"]+)['"]/g)) {
      const next = join(folder, to)
      visit(path.endsWith('.d.ts') ? next.replace(/\.js$/, '.d.ts') : next)
    }
  }
  for (const entry of entries) visit(entry.replace('./', ''))
  assert.deepEqual(packed.paths, [...expected].sort())
  for (const path of packed.paths) assert.doesNotMatch(path, /\.map$|(?<!\.d)\.ts$|test|frame\./)
})

test('no file in it knows where it was built', () => {
  const home = process.env.HOME ?? '/root'
  for (const path of packed.paths) {
    const text = readFileSync(join(js, path), 'latin1')
    for (const place of [fileURLToPath(new URL('../../../', import.meta.url)), `${home}/.cargo`]) {
      assert.ok(!text.includes(place), `${path} names ${place}`)
    }
  }
})

test('its judges find nothing', async (t) => {
  const judges = join(js, 'test', 'package', 'node_modules')
  if (!existsSync(judges)) {
    const told = 'attw and publint: not run, because they are not installed'
    if (process.env.CI === 'true') throw new Error(told)
    return t.skip(told)
  }
  const attw = ['--profile', 'esm-only', '--quiet', packed.tarball]
  assert.equal(run(join(judges, '.bin', 'attw'), attw, { cwd: js }), '')
  const { publint } = await import('publint')
  const tarball = readFileSync(packed.tarball)
  const { messages } = await publint({
    strict: true,
    pack: {
      tarball: tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.length),
    },
  })
  assert.deepEqual(messages, [])
})

const USES = {
  'esm.mjs': `
    import { parseMoney } from '@farthing/sdk/money'
    import * as whole from '@farthing/sdk'
    import '@farthing/sdk/checkout'
    if (parseMoney('12.34', 'usd') !== 1234n) throw new Error('not 1234n')
    if (whole.newKey().length !== 36) throw new Error('no key')`,
  'commonjs.cjs': `
    const { parseMoney, FarthingError } = require('@farthing/sdk/money')
    const whole = require('@farthing/sdk')
    if (parseMoney('12.34', 'usd') !== 1234n) throw new Error('not 1234n')
    if (whole.FarthingError !== FarthingError) throw new Error('two copies')`,
}
for (const [name, source] of Object.entries(USES)) {
  test(`it is used from ${name}`, () => {
    writeFileSync(join(packed.folder, name), source)
    run(process.execPath, [name], { cwd: packed.folder })
  })
}

for (const [module, resolution] of [
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
]) {
  test(`its declarations hold under the strictest rules: ${resolution}`, () => {
    const file = `consumer-${resolution}.mts`
    const source = readFileSync(join(js, 'test', 'support', 'consumer.ts'))
    writeFileSync(join(packed.folder, file), source)
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--noEmit', '--types', '']
    const target = ['--target', 'es2022', '--lib', 'es2023,dom,dom.iterable', '--ignoreConfig']
    const way = ['--module', module, '--moduleResolution', resolution]
    const tsc = join(js, 'node_modules', '.bin', 'tsc')
    run(tsc, [...strict, ...target, ...way, file], { cwd: packed.folder })
  })
}

test('its declarations hold for a CommonJS module in TypeScript', () => {
  const source = `
    import money = require('@farthing/sdk/money')
    export const amount: bigint = money.parseMoney('1', 'usd')`
  writeFileSync(join(packed.folder, 'commonjs.cts'), source)
  const flags = ['--strict', '--noEmit', '--types', '', '--ignoreConfig', '--target', 'es2022']
  const lib = ['--lib', 'es2023,dom,dom.iterable']
  const way = ['--module', 'nodenext', '--moduleResolution', 'nodenext']
  const tsc = join(js, 'node_modules', '.bin', 'tsc')
  run(tsc, [...flags, ...lib, ...way, 'commonjs.cts'], { cwd: packed.folder })
})
