// A person at the checkout: clicks and keys in headless Chromium, impatient and clumsy on purpose.
import { chromium } from 'playwright-core'

const PAID_WITHIN_MS = 60_000
const SETTLED_MS = 1_000
const CARD = { number: '4242424242424242', expiry: '1234', cvc: '123' }

/** Pays once, with a second click and a reload while the payment is under way; says what the page shows. */
export async function shop({ url, shots }) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  try {
    const context = await browser.newContext({
      viewport: { width: 1180, height: 780 },
      deviceScaleFactor: 2,
    })
    await context.addInitScript(recordDigits)
    const page = await context.newPage()
    const seen = await watch(page)
    await page.goto(url)
    await typeCard(page)
    await page.screenshot({ path: shots.checkout })
    await page.locator('#pay').dblclick()
    await page.locator('#pay[data-busy="true"]').waitFor()
    await seen.confirming
    await page.screenshot({ path: shots.paying })
    await page.reload()
    await finish(page)
    await page.waitForTimeout(SETTLED_MS) // The tick is drawn, not switched on.
    await page.screenshot({ path: shots.paid })
    return {
      text: await page.locator('#paid').innerText(),
      confirms: seen.confirms(),
      leaked: seen.leaked(),
    }
  } finally {
    await browser.close()
  }
}

async function typeCard(page) {
  await page.locator('#card[aria-busy="false"]').waitFor()
  const frame = page.frameLocator('iframe[name="farthing-card"]')
  for (const [name, digits] of Object.entries(CARD)) {
    await frame.locator(`#${name}`).click()
    await page.keyboard.press('Control+A')
    await page.keyboard.type(digits, { delay: 15 })
  }
}

/** After the reload the page finds out by itself, or asks for one more click. */
async function finish(page) {
  const until = Date.now() + PAID_WITHIN_MS
  while (Date.now() < until) {
    if (await page.locator('#paid').isVisible()) return
    const pay = page.locator('#pay[data-busy="false"]')
    if ((await pay.count()) > 0 && (await page.locator('#card[aria-busy="false"]').count()) > 0) {
      // The page may find out that it is paid in the middle of this.
      await typeCard(page)
        .then(() => pay.click())
        .catch(() => {})
    }
    await page.waitForTimeout(250)
  }
  throw new Error(
    `the page was not paid in time; it says: ${await page.locator('#status').innerText()}`,
  )
}

/**
 * Every request to confirm, and whether a card number was ever seen outside the frame: in a request to
 * anywhere but the backend's own tokens, or by a key, an input or a message in the shop's page.
 */
async function watch(page) {
  const confirms = []
  let leaked = false
  let confirming
  await page.exposeFunction('digitsWereSeen', () => (leaked = true))
  const started = new Promise((resolve) => (confirming = resolve))
  page.on('request', (request) => {
    const body = request.postData() ?? ''
    if (/\/v1\/payment_intents\/[^/]+\/confirm$/.test(new URL(request.url()).pathname)) {
      if (request.method() === 'POST') {
        confirms.push(request.headers()['idempotency-key'])
        confirming()
      }
    }
    const tokenizes = new URL(request.url()).pathname === '/v1/payment_methods'
    if (!tokenizes && body.replaceAll(/\D/g, '').includes(CARD.number)) leaked = true
  })
  return { confirming: started, confirms: () => confirms, leaked: () => leaked }
}

/** What a malicious script in the shop's page would do. Runs in the page before everything else. */
function recordDigits() {
  if (globalThis !== top) return
  let typed = ''
  const look = (text) => /\d{6}/.test(text.replaceAll(/[\s-]/g, '')) && globalThis.digitsWereSeen()
  // An id is random, and may have a run of digits in it.
  const read = ({ data }) => look((JSON.stringify(data) ?? '').replaceAll(/"(pm|pi)_\w+"/g, '""'))
  addEventListener('keydown', ({ key }) => look((typed += key)), true)
  addEventListener('input', ({ target, data }) => look(`${target.value ?? ''} ${data ?? ''}`), true)
  addEventListener('message', read, true)
  const { set, ...onmessage } = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage')
  Object.defineProperty(MessagePort.prototype, 'onmessage', {
    ...onmessage,
    set(listener) {
      this.addEventListener('message', read)
      set.call(this, listener)
    },
  })
}
