// The suite in Chromium: page, worker, and under the policies of the documents.
import { launch } from '../support/browser.mjs'
import { testInPages } from './in-pages.mjs'

await testInPages('Chromium', launch)
