// Firefox, as Debian ships it, driven by playwright-core over WebDriver BiDi.
import Module, { createRequire } from 'node:module'

// The driver sets media features in every page, by a command that this Firefox does not have yet, and
// gives the page up when it is refused. A command without an effect is sent instead; so nothing about
// media features can be tested here.
const UNKNOWN = '.send("emulation.setMediaFeaturesOverride"'
const HARMLESS = '.send("session.status"'

// Debian's Firefox sometimes never says that it has closed; its process is then ended by the driver, as
// soon as the tests' own process ends (`--test-force-exit`).
const CLOSES_WITHIN_MS = 15_000

export async function launchFirefox() {
  const compile = Module.prototype._compile
  Module.prototype._compile = function (content, filename, ...rest) {
    const isDriver = filename.endsWith('coreBundle.js')
    const patched = isDriver ? content.replaceAll(UNKNOWN, HARMLESS) : content
    return compile.call(this, patched, filename, ...rest)
  }
  const { firefox } = createRequire(import.meta.url)('playwright-core')
  Module.prototype._compile = compile
  const browser = await firefox.launch({
    channel: 'moz-firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
  })
  const close = browser.close.bind(browser)
  const late = () => new Promise((resolve) => setTimeout(resolve, CLOSES_WITHIN_MS).unref())
  return Object.assign(browser, { close: () => Promise.race([close(), late()]) })
}
