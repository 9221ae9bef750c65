// Firefox, as found on the machine; nothing is downloaded.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PLACES = ['/usr/bin/firefox-esr', '/usr/bin/firefox']

/** Starts it with a profile and a home of its own; `undefined` if there is none. */
export async function launchFirefox() {
  const executablePath = process.env.FIREFOX ?? PLACES.find((path) => existsSync(path))
  const puppeteer = await import('puppeteer-core').catch(() => undefined)
  if (executablePath === undefined || puppeteer === undefined) return undefined
  const home = mkdtempSync(join(tmpdir(), 'farthing-firefox-'))
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    env: { ...process.env, HOME: home, MOZ_CRASHREPORTER_DISABLE: '1' },
    userDataDir: join(home, 'profile'),
    extraPrefsFirefox: {
      // It is to speak to loopback and to nobody else.
      'app.update.enabled': false,
      'browser.safebrowsing.downloads.enabled': false,
      'browser.safebrowsing.malware.enabled': false,
      'browser.safebrowsing.phishing.enabled': false,
      'datareporting.healthreport.uploadEnabled': false,
      'datareporting.policy.dataSubmissionEnabled': false,
      'extensions.getAddons.cache.enabled': false,
      'network.captive-portal-service.enabled': false,
      'network.connectivity-service.enabled': false,
      'services.settings.server': 'http://127.0.0.1:9/',
      'toolkit.telemetry.enabled': false,
    },
  })
  return Object.assign(browser, {
    close: async () => {
      await Object.getPrototypeOf(browser).close.call(browser)
      rmSync(home, { recursive: true, force: true })
    },
  })
}
