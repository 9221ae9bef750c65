// `<farthing-card>` for everybody: without a mouse, without sight, in five languages, in the colours
// that one needs.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { fillCard, frameOf, launch } from '../support/browser.mjs'
import { openHouse } from '../support/card-page.mjs'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const GOOD = '4242424242424242'
const LANGUAGES = {
  en: 'Card number',
  de: 'Kartennummer',
  fr: 'Numéro de carte',
  es: 'Número de tarjeta',
  ja: 'カード番号',
}

/** Why some tests are Chromium's alone. */
// Media features cannot be set in that browser.
const testWithMedia =
  process.env.BROWSER === 'firefox' ? (name) => console.log(`# Firefox, not run: ${name}`) : test

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

const BRAND_THEME = `
  main { padding: 1rem; background: #f7ecdd; color: #3b2414 }
  farthing-card {
    --farthing-color-background: #fff8ef;
    --farthing-color-border: #b08a5f;
    --farthing-color-accent: #a3480b;
    --farthing-color-text: #3b2414;
    --farthing-color-label: #6b4527;
    --farthing-color-placeholder: #7d5c40;
    --farthing-color-error: #a11212;
    --farthing-border-radius: 2px;
    --farthing-font-family: Georgia, serif;
  }`
const THEMES = {
  light: {},
  dark: {
    style: ':root { color-scheme: dark } main { background: #121417; color: #eee }',
    colorScheme: 'dark',
  },
  'forced colours': { forcedColors: 'active' },
  'forced colours, dark': {
    style: ':root { color-scheme: light dark }',
    colorScheme: 'dark',
    forcedColors: 'active',
  },
  'a theme of the shop': { style: BRAND_THEME },
}

for (const [name, { style = '', ...media }] of Object.entries(THEMES)) {
  test(`axe finds nothing in ${name}: empty, typing, complete, wrong, disabled`, async () => {
    await page.emulateMedia(media)
    await open(undefined, { style })
    const findings = {}
    const look = async (state) => {
      await page.waitForTimeout(200) // Colours in transition are nobody's.
      findings[state] = await axe()
    }
    await look('empty')
    await frameOf(page).locator('#number').pressSequentially('4242 42')
    await look('typing')
    await fillCard(page, { number: GOOD })
    await look('complete')
    await fillCard(page, { number: '4242424242424241', expiry: '1220', cvc: '1' })
    await create()
    await look('wrong')
    await page.route('**/v1/payment_methods', (route) => route.abort())
    await fillCard(page, { number: GOOD })
    await create()
    await look('unanswered')
    await page.evaluate(() => (document.querySelector('farthing-card').disabled = true))
    await look('disabled')
    const none = Object.fromEntries(Object.keys(findings).map((state) => [state, []]))
    assert.deepEqual(findings, none)
  })
}

test('axe would find something: a label is taken away', async () => {
  await open()
  await frameOf(page)
    .locator('#number-label')
    .evaluate((label) => label.remove())
  assert.match((await axe()).join(), /label/)
})

test('Tab goes from the page through the fields and on, and back', async () => {
  await open(
    '<a id="before" href="#">a</a><farthing-card></farthing-card><a id="after" href="#">b</a>',
  )
  await page.locator('#before').focus()
  const stops = []
  for (const key of [...Array(4).fill('Tab'), ...Array(4).fill('Shift+Tab')]) {
    await page.keyboard.press(key)
    stops.push(await focused())
  }
  assert.deepEqual(stops, ['number', 'expiry', 'cvc', 'after', 'cvc', 'expiry', 'number', 'before'])
})

test('a card is paid with the keyboard alone', async () => {
  await open('<form><farthing-card></farthing-card><button>Pay</button></form>')
  await page.evaluate(() => {
    document.querySelector('form').addEventListener('submit', (event) => {
      event.preventDefault()
      globalThis.made = document.querySelector('farthing-card').createPaymentMethod()
    })
  })
  await page.keyboard.press('Tab')
  await page.keyboard.type(GOOD)
  await page.keyboard.press('Tab')
  await page.keyboard.type('1234')
  await page.keyboard.press('Tab')
  await page.keyboard.type('123')
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => globalThis.made !== undefined)
  assert.equal((await page.evaluate(() => globalThis.made)).last4, '4242')
})

test('the field with the cursor is seen by its ring, and by an outline where colours are forced', async () => {
  await open()
  const number = frameOf(page).locator('#number')
  await number.focus()
  await page.waitForTimeout(200)
  const ring = await number.evaluate((input) => getComputedStyle(input).boxShadow)
  assert.match(ring, /0px 0px 0px 3px/)
  await page.emulateMedia({ forcedColors: 'active' })
  const outline = await number.evaluate((input) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(input)
    return `${outlineWidth} ${outlineStyle}`
  })
  assert.equal(outline, '2px solid')
})

testWithMedia('nothing moves for those who want less motion', async () => {
  await open()
  const durations = () =>
    frameOf(page)
      .locator('#number')
      .evaluate((input) => getComputedStyle(input).transitionDuration)
  assert.notEqual(await durations(), '0s')
  await page.emulateMedia({ reducedMotion: 'reduce' })
  assert.equal(await durations(), '0s')
})

test('complaints are announced: live regions that were there before', async () => {
  await open()
  const roles = ['number', 'expiry', 'cvc', 'form'].map((name) =>
    frameOf(page).locator(`#${name}-error`).getAttribute('role'),
  )
  assert.deepEqual(await Promise.all(roles), ['status', 'status', 'status', 'alert'])
  const snapshot = await frameOf(page).locator('form').ariaSnapshot()
  assert.match(snapshot, /textbox "Card number"/)
})

test('the form speaks five languages, by its attribute, its page, or its buyer', async () => {
  for (const [language, label] of Object.entries(LANGUAGES)) {
    await open(`<farthing-card locale="${language}-XX"></farthing-card>`, { lang: 'it' })
    await speaks(language, label)
    await open(undefined, { lang: language })
    await speaks(language, label)
  }
  await open(undefined, { lang: '' })
  await speaks('en', LANGUAGES.en)
  await open('<div lang="fr"><farthing-card></farthing-card></div>', { lang: 'de' })
  await speaks('fr', LANGUAGES.fr)
  await open(undefined, { lang: 'tlh' })
  await speaks('en', LANGUAGES.en)
  const japanese = await browser.newContext({ locale: 'ja-JP' })
  page = await japanese.newPage()
  await open(undefined, { lang: '' })
  await speaks('ja', LANGUAGES.ja)
  await japanese.close()
})

test('a change of language changes labels, title and the complaints already there', async () => {
  await open()
  await create()
  const error = frameOf(page).locator('#number-error')
  const english = await error.textContent()
  await page.evaluate(() => (document.querySelector('farthing-card').locale = 'ja'))
  await speaks('ja', LANGUAGES.ja)
  assert.notEqual(await error.textContent(), english)
  const title = () => page.locator('farthing-card').locator('iframe').getAttribute('title')
  assert.match(await title(), /カード/)
  await page.evaluate(() => (document.documentElement.lang = 'de'))
  await page.evaluate(() => (document.querySelector('farthing-card').locale = null))
  await speaks('de', LANGUAGES.de)
  assert.match(await title(), /Karten/)
})

testWithMedia('light, dark, or as the page is: the form follows, while open, too', async () => {
  await page.emulateMedia({ colorScheme: 'dark' })
  const scheme = () => frameOf(page).locator('html').getAttribute('data-theme')
  const becomes = async (wanted) => {
    for (let i = 0; i < 100 && (await scheme()) !== wanted; i += 1) await page.waitForTimeout(20)
    assert.equal(await scheme(), wanted)
  }
  await open() // A page that declares no scheme is light, whatever the system prefers.
  await becomes('light')
  await open(undefined, { style: ':root { color-scheme: light dark }' })
  await becomes('dark')
  await page.emulateMedia({ colorScheme: 'light' })
  await becomes('light')
  await page.evaluate(() => (document.querySelector('farthing-card').theme = 'dark'))
  await becomes('dark')
  await page.evaluate(() => (document.querySelector('farthing-card').theme = 'auto'))
  await becomes('light')
  await page.evaluate(() => document.documentElement.style.setProperty('color-scheme', 'dark'))
  await becomes('dark')
})

test('a theme is resolved in the page and followed in the frame', async () => {
  await open(undefined, {
    style: `:root { color-scheme: light; font-size: 10px; --brand: #0a7 }
      farthing-card {
        --farthing-color-text: light-dark(rgb(1 2 3), white);
        --farthing-color-accent: var(--brand);
        --farthing-color-border: url(https://evil.test/x);
        --farthing-border-radius: 1rem;
        --farthing-font-size: 90px;
        --farthing-font-family: Georgia, serif;
      }
      farthing-card.big { --farthing-font-size: 20px }`,
  })
  const css = (property) =>
    frameOf(page)
      .locator('#number')
      .evaluate((input, name) => getComputedStyle(input).getPropertyValue(name), property)
  assert.equal(await css('color'), 'rgb(1, 2, 3)')
  assert.equal(await css('border-radius'), '10px')
  assert.equal(await css('font-size'), '16px')
  assert.match(await css('font-family'), /^"?Georgia"?, serif$/)
  const root = await frameOf(page).locator('html').getAttribute('style')
  assert.match(root, /--farthing-color-accent: rgb\(0, 170, 119\)/)
  assert.doesNotMatch(root, /url|color-border|font-size/)
  await page.locator('farthing-card').evaluate((card) => card.classList.add('big'))
  await frameOf(page).locator('html[style*="font-size: 20px"]').waitFor()
})

async function open(body, options) {
  await page.goto(house.page(body, options))
  await page.waitForFunction(
    () =>
      document.querySelector('farthing-card')?.shadowRoot?.querySelector('iframe')?.style
        .visibility === 'visible',
  )
}

async function speaks(language, label) {
  await frameOf(page).locator(`html[lang="${language}"]`).waitFor({ state: 'attached' })
  assert.equal(await frameOf(page).locator('label').first().textContent(), label)
}

/** What axe finds in the page and, through the page, in the frame. */
async function axe() {
  const set = "axe.configure({ allowedOrigins: ['<unsafe_all_origins>'] })"
  for (const frame of page.frames()) await frame.evaluate(`${AXE}; ${set}`)
  // The frame is see-through, and axe, which cannot see through a frame, takes that for white: what
  // lies under the form is painted under it.
  const under = await page.evaluate(() => {
    const main = getComputedStyle(document.querySelector('main')).backgroundColor
    return main === 'rgba(0, 0, 0, 0)' ? 'Canvas' : main
  })
  await frameOf(page)
    .locator('body')
    .evaluate((body, colour) => body.style.setProperty('background', colour), under)
  const { violations } = await page.evaluate(() => globalThis.axe.run())
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

function create() {
  return page.evaluate(() =>
    document
      .querySelector('farthing-card')
      .createPaymentMethod()
      .catch(({ code }) => code),
  )
}

/** The id of what has the cursor, in the page or in the frame. */
async function focused() {
  const here = await page.evaluate(() => document.activeElement.id)
  if (here !== '') return here
  const frame = page.frames().find((each) => each.url().includes('/farthing/frame'))
  return frame.evaluate(() => document.activeElement.id)
}
