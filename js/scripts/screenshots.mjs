// Pictures of `<farthing-card>` for people to look at: `node scripts/screenshots.mjs FOLDER`. Three
// themes, forced colours and five languages; empty, typed, wrong; narrow and wide.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fillCard, frameOf, launch } from '../test/support/browser.mjs'
import { openHouse } from '../test/support/card-page.mjs'

const WIDTHS_PX = [320, 560]
const page = (background, ink) => `
  body { margin: 24px; background: ${background}; color: ${ink}; font: 16px system-ui }
  h1 { font-size: 20px } main { max-width: 460px }`
const BRAND = `
  farthing-card {
    --farthing-color-background: #fff8ef;
    --farthing-color-border: #c9a67c;
    --farthing-color-border-hover: #a98556;
    --farthing-color-accent: #a3480b;
    --farthing-color-focus-ring: rgb(163 72 11 / 25%);
    --farthing-color-text: #3b2414;
    --farthing-color-label: #6b4527;
    --farthing-color-placeholder: #7d5c40;
    --farthing-color-error: #a11212;
    --farthing-border-radius: 2px;
    --farthing-font-family: Georgia, serif;
    --farthing-font-size: 17px;
    --farthing-label-weight: 600;
    --farthing-spacing: 18px;
  }`
const LOOKS = {
  light: { style: page('#fff', '#1a1f26') },
  dark: { style: `:root { color-scheme: dark } ${page('#101418', '#eee')}` },
  brand: { style: page('#f7ecdd', '#3b2414') + BRAND },
  forced: { style: page('Canvas', 'CanvasText'), media: { forcedColors: 'active' } },
  de: { style: page('#fff', '#1a1f26'), lang: 'de' },
  fr: { style: page('#fff', '#1a1f26'), lang: 'fr' },
  es: { style: page('#fff', '#1a1f26'), lang: 'es' },
  ja: { style: page('#fff', '#1a1f26'), lang: 'ja' },
}

const folder = process.argv[2] ?? 'screenshots'
mkdirSync(folder, { recursive: true })
const house = await openHouse()
const browser = await launch()
try {
  for (const [name, look] of Object.entries(LOOKS)) {
    for (const width of WIDTHS_PX) await shoot(name, look, width)
  }
} finally {
  await browser.close()
  await house.close()
}

async function shoot(name, { style, media = {}, lang = 'en' }, width) {
  const context = await browser.newContext({
    viewport: { width, height: 400 },
    deviceScaleFactor: 2,
    ...media,
  })
  const tab = await context.newPage()
  const keep = async (state) => {
    await tab.waitForTimeout(250) // What moves has come to rest.
    await tab.screenshot({ path: join(folder, `${name}-${width}-${state}.png`) })
  }
  await tab.goto(house.page(undefined, { style, lang }))
  await tab.locator('farthing-card iframe[style*="visible"]').waitFor()
  await keep('empty')
  await fillCard(tab, { number: '4242424242424242' })
  await frameOf(tab).locator('#number').focus()
  await keep('typed')
  await fillCard(tab, { number: '4242424242424241', expiry: '1220', cvc: '1' })
  await tab.evaluate(() =>
    document
      .querySelector('farthing-card')
      .createPaymentMethod()
      .catch(() => {}),
  )
  await keep('wrong')
  await tab.evaluate(() => (document.querySelector('farthing-card').disabled = true))
  await keep('disabled')
  await context.close()
}
