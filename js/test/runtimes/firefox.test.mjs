// The suite in a stock Firefox, driven over WebDriver BiDi.
import { launchFirefox } from './firefox.mjs'
import { testInPages } from './in-pages.mjs'

await testInPages('Firefox', launchFirefox)
