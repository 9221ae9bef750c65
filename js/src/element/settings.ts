/** How the form is to look and speak, as the element and the page around it have it at the moment. */
import { localeOf } from './locale.js'
import type { Settings } from './protocol.js'
import { schemeOf, themeOf } from './theme.js'

/** A way to read them, any number of times. */
export function settingsReader(host: HTMLElement, root: ShadowRoot): () => Settings {
  const probe = probeIn(root)
  return () => {
    const theme = host.getAttribute('theme')
    const scheme = schemeOf(host, theme === 'light' || theme === 'dark' ? theme : 'auto')
    probe.style.setProperty('color-scheme', scheme)
    return {
      scheme,
      theme: themeOf(host, probe),
      locale: localeOf(host),
      isDisabled: host.hasAttribute('disabled') || host.matches(':disabled'),
    }
  }
}

/** An element that is never seen, to compute colours and lengths with. */
function probeIn(root: ShadowRoot): HTMLElement {
  const probe = document.createElement('span')
  probe.style.setProperty('display', 'none')
  // The colours that were asked for, not those that forced colours make of them: the frame's own
  // forced colours see to that.
  probe.style.setProperty('forced-color-adjust', 'none')
  root.append(probe)
  return probe
}
