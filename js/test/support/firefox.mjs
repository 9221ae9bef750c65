// Firefox, as Debian ships it, driven by playwright-core over WebDriver BiDi.
import Module, { createRequire } from 'node:module'

// The driver sets media features in every page, by a command that this Firefox does not have yet, and
// gives the page up when it is refused. A command without an effect is sent instead; so nothing about
// media features can be tested here.
const UNKNOWN = '.send("emulation.setMediaFeaturesOverride"'
const HARMLESS = '.send("session.status"'

export function launchFirefox() {
  const compile = Module.prototype._compile
  Module.prototype._compile = function (content, filename, ...rest) {
    const isDriver = filename.endsWith('coreBundle.js')
    const patched = isDriver ? content.replaceAll(UNKNOWN, HARMLESS) : content
    return compile.call(this, patched, filename, ...rest)
  }
  const { firefox } = createRequire(import.meta.url)('playwright-core')
  Module.prototype._compile = compile
  return firefox.launch({
    channel: 'moz-firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
  })
}
