/**
 * The life of one card element: which backend its frame comes from, when the frame is there, and what
 * both tell each other. The class that the browser knows (`define.ts`) only forwards to it.
 */
import { FarthingError } from '../errors.js'
import { localeOf, titleOf } from './locale.js'
import { gone, type News } from './line.js'
import { mountFrame, type Connection, type Mount } from './mount.js'
import type { CardState, Settings, TokenisedCard } from './protocol.js'
import { schemeOf, themeOf, watchTheme, type ThemeChoice } from './theme.js'

const EMPTY: CardState = {
  isComplete: false,
  isEmpty: true,
  brand: 'unknown',
  errorCode: undefined,
}

/** What the element hears of its own card. */
export interface CardListener {
  onState(state: CardState): void
  onSign(sign: 'ready' | 'focus' | 'blur' | 'submit'): void
  onError(error: FarthingError): void
}

export interface Card {
  readonly state: CardState
  /** The element is in a document: mounts the frame as soon as there is a connection. */
  attach(): void
  /** The element has left the document: what was typed is gone, and who waits for it is told. */
  detach(): void
  /** Settles where the frame comes from; a frame from elsewhere is replaced. */
  connect(to: Connection): Promise<void>
  /** Tells the frame what has changed about language, theme and being disabled. */
  refresh(): void
  createPaymentMethod(): Promise<TokenisedCard>
  focus(): void
}

interface Waiting {
  resolve(mounted: Promise<void>): void
}

/** The card of one element. */
export function makeCard(host: HTMLElement, listener: CardListener): Card {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open', delegatesFocus: true })
  const probe = probeIn(root)
  let state = EMPTY
  let connection: Connection | undefined
  let mount: Mount | undefined
  let unwatch: (() => void) | undefined
  let tokenising: Promise<TokenisedCard> | undefined
  let toldSettings = ''
  let waiting: Waiting[] = []

  const settings = (): Settings => {
    const theme = (host.getAttribute('theme') ?? 'auto') as ThemeChoice
    const scheme = schemeOf(host, theme === 'light' || theme === 'dark' ? theme : 'auto')
    probe.style.setProperty('color-scheme', scheme)
    return {
      scheme,
      theme: themeOf(host, probe),
      locale: localeOf(host),
      isDisabled: host.hasAttribute('disabled') || host.matches(':disabled'),
    }
  }
  const told = (next: Settings): Settings => {
    toldSettings = JSON.stringify(next)
    const { iframe } = mount ?? {}
    if (iframe !== undefined) {
      iframe.title = titleOf(next.locale)
      // The frame is see-through only while its colour scheme and its element's are the same.
      iframe.style.setProperty('color-scheme', next.scheme)
    }
    return next
  }
  const setState = (next: CardState): void => {
    const hasChanged = JSON.stringify(next) !== JSON.stringify(state)
    state = next
    if (hasChanged) listener.onState(next)
  }
  const onNews = (news: News): void => {
    if (news.type === 'state') setState(news.state)
    else if (news.type === 'mounted') listener.onSign('ready')
    else if (news.type !== 'height') listener.onSign(news.type)
  }
  const unmount = (): void => {
    const former = mount
    mount = undefined
    tokenising = undefined
    former?.unmount()
    setState(EMPTY)
  }
  const start = (): Promise<void> | undefined => {
    if (connection === undefined || unwatch === undefined) return undefined
    unmount()
    const title = titleOf(localeOf(host))
    const next = mountFrame({
      into: root,
      connection,
      title,
      settings: () => told(settings()),
      onNews,
    })
    mount = next
    told(settings())
    next.mounted.catch((error: FarthingError) => mount === next && listener.onError(error))
    for (const { resolve } of waiting.splice(0)) resolve(next.mounted)
    return next.mounted
  }
  const refresh = (): void => {
    if (mount === undefined) return
    const next = settings()
    if (JSON.stringify(next) === toldSettings) return
    mount.line()?.say({ type: 'settings', settings: told(next) })
  }

  return {
    get state() {
      return state
    },
    attach: () => {
      unwatch ??= watchTheme(host, refresh)
      start()
    },
    detach: () => {
      unwatch?.()
      unwatch = undefined
      unmount()
    },
    connect: async (to) => {
      const next = checked(to)
      const isSame =
        connection?.apiBase === next.apiBase && connection.publishableKey === next.publishableKey
      connection = next
      if (isSame && mount !== undefined && (await isAlive(mount))) return
      return start() ?? new Promise((resolve) => waiting.push({ resolve }))
    },
    refresh,
    createPaymentMethod: () => {
      tokenising ??= tokenise(mount).finally(() => (tokenising = undefined))
      return tokenising
    },
    focus: () => {
      mount?.iframe.focus()
      mount?.line()?.say({ type: 'focus' })
    },
  }
}

/** Turns what is typed into a payment method, once the frame is there. */
async function tokenise(mount: Mount | undefined): Promise<TokenisedCard> {
  if (mount === undefined) {
    throw new FarthingError(
      'frame_missing',
      'Put <farthing-card> into the page and call loadFarthing before paying.',
    )
  }
  await mount.mounted
  const line = mount.line()
  if (line === undefined) throw gone()
  return line.tokenise()
}

function isAlive(mount: Mount): Promise<boolean> {
  return mount.mounted.then(
    () => true,
    () => false,
  )
}

/** An address and a key that a frame can be made of. */
function checked({ apiBase, publishableKey }: Connection): Connection {
  const url = URL.canParse(apiBase) ? new URL(apiBase) : undefined
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new FarthingError('bad_option', 'apiBase must be an http(s) address.')
  }
  if (!/^pk_\w+$/.test(publishableKey)) {
    throw new FarthingError('bad_option', 'A page needs a publishable key: pk_test_… or pk_live_….')
  }
  return { apiBase: apiBase.replace(/\/+$/, ''), publishableKey }
}

/** An element that is never seen, to compute colours and lengths with. */
function probeIn(root: ShadowRoot): HTMLElement {
  const probe = document.createElement('span')
  probe.hidden = true
  probe.style.setProperty('display', 'none')
  // The colours that were asked for, not those that forced colours make of them: the frame's own
  // forced colours see to that.
  probe.style.setProperty('forced-color-adjust', 'none')
  root.append(probe)
  return probe
}
