// The suite in WebKit, the same pages. Only Debian packages its driver so that it can be had here.
import { existsSync } from 'node:fs'
import { testInPages } from './in-pages.mjs'
import { launchWebKit } from './webkit.mjs'

await testInPages('WebKit', launchWebKit, { canBeHad: existsSync('/usr/bin/dpkg') })
