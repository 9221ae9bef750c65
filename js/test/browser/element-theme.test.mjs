// What a page may say about colours and sizes, to a frame that does not trust it.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { embed } from '../support/bare-frame.mjs'
import { frameOf, launch } from '../support/browser.mjs'
import { openHouse } from '../support/card-page.mjs'

let browser
let house
let context
let page

before(async () => {
  browser = await launch()
  house = await openHouse()
})
after(async () => {
  await browser?.close()
  await house?.close()
})
beforeEach(async () => {
  context = await browser.newContext({ locale: 'en-US' })
  page = await context.newPage()
})
afterEach(() => context.close())

test('hostile theme values are refused by the frame, one by one', async () => {
  await page.goto(house.page('', { idle: '' }))
  await page.evaluate(embed, [house.payOrigin, house.key])
  const hostile = {
    '--farthing-color-text': 'url(https://evil.test/x)',
    '--farthing-color-label': 'red} body{display:none',
    '--farthing-color-placeholder': 'red; background: url(//evil.test)',
    '--farthing-color-background': 'expression(alert(1))',
    '--farthing-color-border': 'var(--farthing-color-text)',
    '--farthing-color-border-hover': 'rgb(1 2 3 / var(--x))',
    '--farthing-color-accent': `#fff${' '.repeat(500)}`,
    '--farthing-color-focus-ring': 'inherit',
    '--farthing-color-error': 'image-set("https://evil.test/x" 1x)',
    '--farthing-border-width': '400px',
    '--farthing-border-radius': 'calc(1px * 1e9)',
    '--farthing-focus-ring-width': '0px',
    '--farthing-font-family': 'a, url(x)',
    '--farthing-font-size': '1px',
    '--farthing-label-size': '-12px',
    '--farthing-label-weight': '99999',
    '--farthing-field-height': '0',
    '--farthing-field-padding': ['10px'],
    '--farthing-spacing': '1e3px',
    '--text': 'red',
    display: 'none',
    'background-image': 'url(https://evil.test/x)',
    __proto__: { '--farthing-spacing': '12px' },
  }
  assert.equal(await rootStyle(hostile), '')
  const fonts = ['"}', "'a\\'b'", '"a', 'a;b', 'a/*b', 'ａ(b)', Array(9).fill('a').join(), 'a,,b']
  for (const value of fonts) {
    assert.equal(await rootStyle({ '--farthing-font-family': value }), '', value)
  }
  const colours = ['rgb(0 0 0', '#12345', '#ggg', 'rgba(url(x))', 'color-mix(in srgb, red, blue)']
  for (const value of [
    ...colours,
    'env(x)',
    'attr(x)',
    'paint(x)',
    'notacolour',
    'red/**/',
    '\\72 ed',
  ]) {
    assert.equal(await rootStyle({ '--farthing-color-text': value }), '', value)
  }
})

test('good theme values are followed, and gone when they are gone', async () => {
  await page.goto(house.page('', { idle: '' }))
  await page.evaluate(embed, [house.payOrigin, house.key])
  for (const [name, value, set = value] of [
    ['--farthing-color-text', '#123'],
    ['--farthing-color-text', 'rgba(1, 2, 3, 0.5)'],
    ['--farthing-color-text', 'color(display-p3 0.1 0.2 0.3 / 40%)'],
    ['--farthing-color-text', 'oklch(0.7 0.1 200)'],
    ['--farthing-color-text', 'rebeccapurple'],
    ['--farthing-border-radius', '12.5px'],
    ['--farthing-font-size', '18px'],
    ['--farthing-label-weight', '700'],
    [
      '--farthing-font-family',
      'Segoe UI, "Fira Sans", sans-serif',
      '"Segoe UI", "Fira Sans", sans-serif',
    ],
    ['--farthing-font-family', 'ヒラギノ角ゴ Pro W3', '"ヒラギノ角ゴ Pro W3"'],
  ]) {
    assert.equal(await rootStyle({ [name]: value }), `${name}: ${set};`)
  }
  assert.equal(await rootStyle({}), '')
})

/** Sends a theme to the frame embedded by {@link embed} and answers its root's inline style. */
async function rootStyle(theme) {
  await page.evaluate(async (values) => {
    const settings = { scheme: 'light', theme: values, locale: 'en', isDisabled: false }
    const { port, heard } = globalThis.embedded
    const before = heard.length
    port.postMessage({ type: 'settings', settings })
    while (heard.length === before) await new Promise((resolve) => setTimeout(resolve, 5))
  }, theme)
  return (await frameOf(page).locator('html').getAttribute('style')) ?? ''
}
