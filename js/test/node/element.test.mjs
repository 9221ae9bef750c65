// What can be said of the card element without a browser: it is imported where there is no DOM, and
// its form has a sentence for everything in every language.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as esbuild from 'esbuild'

const source = (path) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url))

test('imported without a DOM, nothing happens; registering there does nothing', async () => {
  const element = await load('element/index.ts')
  assert.equal(typeof globalThis.HTMLElement, 'undefined')
  element.registerCardElement()
  element.connectCardElements({ apiBase: 'https://pay.example', publishableKey: 'pk_test_1' })
  assert.equal(typeof globalThis.customElements, 'undefined')
})

test('every code has a sentence of its own in every language', async () => {
  const { ERROR_CODES, LANGUAGES, languageOf, sentenceOf } = await load('frame/i18n.ts')
  assert.deepEqual(Object.keys(LANGUAGES), ['en', 'de', 'fr', 'es', 'ja'])
  const seen = new Set()
  for (const [tag, language] of Object.entries(LANGUAGES)) {
    assert.equal(language.tag, tag)
    assert.equal(languageOf(`${tag.toUpperCase()}-XX`), language)
    assert.deepEqual(Object.keys(language.errors).sort(), [...ERROR_CODES].sort(), tag)
    for (const code of ERROR_CODES) {
      const sentence = sentenceOf(language, code)
      assert.match(sentence, /^[\p{Lu}\p{Lo}].{8,}[.。]$/u, `${tag} ${code}`)
      assert.ok(!seen.has(sentence), `${tag} ${code} says what another one says`)
      seen.add(sentence)
    }
    for (const name of [
      'title',
      'number',
      'expiry',
      'cvc',
      'expiryPlaceholder',
      'cvcPlaceholder',
    ]) {
      assert.ok(language[name].length > 2, `${tag} ${name}`)
    }
  }
  assert.equal(languageOf('constructor'), LANGUAGES.en)
  assert.equal(languageOf(''), LANGUAGES.en)
})

test('no code of the core about a card is without a sentence', async () => {
  const { ERROR_CODES } = await load('frame/i18n.ts')
  const core = readFileSync(source('../../crates/core/src/card.rs'), 'utf8')
  const table = /fn code\(&self\).*?\n {4}\}/s.exec(core)?.[0] ?? ''
  const codes = [...table.matchAll(/=> "(\w+)"/g)].map(([, code]) => code)
  assert.ok(codes.length >= 5, 'the table of codes is where it was')
  for (const code of codes) assert.ok(ERROR_CODES.includes(code), code)
})

test('the page about the element names every property that can be set, with its range', async () => {
  const { THEME_PROPERTIES } = await load('element/properties.ts')
  const page = readFileSync(source('../docs/card-element.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `(--farthing-[\w-]+)` +\| ([^|]+?) +\|/gm)]
  assert.deepEqual(
    rows.map(([, name]) => name),
    Object.keys(THEME_PROPERTIES),
  )
  for (const [, name, said] of rows) {
    const { type, min, max } = THEME_PROPERTIES[name]
    if (type === 'length') assert.equal(said, `length, ${min} to ${max} px`, name)
    if (type === 'colour') assert.match(said, /^colour/, name)
  }
})

async function load(path) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [source(path)],
    bundle: true,
    format: 'esm',
    write: false,
    logLevel: 'error',
  })
  return import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`
  )
}
