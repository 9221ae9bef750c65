// A browser as found on the machine; nothing is downloaded. Chromium, or with `BROWSER=firefox` the
// other one.
import { launchFirefox } from './firefox.mjs'

export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export async function launch() {
  if (process.env.BROWSER === 'firefox') return launchFirefox()
  const { chromium } = await import('playwright-core')
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
  return chromium.launch({ executablePath, headless: true, args: FLAGS })
}

export const frameOf = (page) => page.frameLocator('iframe[name=farthing-card]')

/** Types a card as a person does. */
export async function fillCard(page, { number, expiry = '1234', cvc = '123' }) {
  const frame = frameOf(page)
  await frame.locator('#number').fill(number)
  await frame.locator('#expiry').fill('')
  await frame.locator('#expiry').pressSequentially(expiry)
  await frame.locator('#cvc').fill(cvc)
}

/**
 * What a page complained of that is a fault of ours; a connection that was cut on purpose, or
 * an icon that nobody asked for, is not.
 */
export function violationsIn(complaints) {
  return complaints.filter(
    (text) =>
      /Content Security Policy|settings blocked|Uncaught/.test(text) &&
      !/CORS request did not succeed|favicon\.ico/.test(text),
  )
}
