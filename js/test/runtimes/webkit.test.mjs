// The suite in WebKit, the same pages.
import { testInPages } from './in-pages.mjs'
import { launchWebKit } from './webkit.mjs'

await testInPages('WebKit', launchWebKit)
