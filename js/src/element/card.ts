/**
 * The life of one card element: which backend its frame comes from, when the frame is there, and what
 * both tell each other. The class that the browser knows (`define.ts`) only forwards to it.
 */
import { FarthingError } from '../errors.js'
import { localeOf, titleOf } from './locale.js'
import { gone, type News } from './line.js'
import { mountFrame, type Connection, type Mount } from './mount.js'
import type { CardState, Settings, TokenisedCard } from './protocol.js'
import { settingsReader } from './settings.js'
import { watchTheme } from './theme.js'

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

/** What a card knows of itself. */
interface Parts {
  host: HTMLElement
  root: ShadowRoot
  listener: CardListener
  settings: () => Settings
  state: CardState
  connection: Connection | undefined
  mount: Mount | undefined
  /** The frame could not be reached; another `connect` tries again. */
  hasFailed: boolean
  /** Ends the watch over the theme; there is one while the element is in a document. */
  unwatch: (() => void) | undefined
  tokenising: Promise<TokenisedCard> | undefined
  /** What the frame was told last. */
  told: string
  /** Who called `connect` before the element was in a document. */
  waiting: ((mounted: Promise<void>) => void)[]
}

/** The card of one element. */
export function makeCard(host: HTMLElement, listener: CardListener): Card {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open', delegatesFocus: true })
  const parts: Parts = {
    host,
    root,
    listener,
    settings: settingsReader(host, root),
    state: EMPTY,
    connection: undefined,
    mount: undefined,
    hasFailed: false,
    unwatch: undefined,
    tokenising: undefined,
    told: '',
    waiting: [],
  }
  return {
    get state() {
      return parts.state
    },
    attach: () => {
      parts.unwatch ??= watchTheme(host, () => refresh(parts))
      start(parts)
    },
    detach: () => {
      parts.unwatch?.()
      parts.unwatch = undefined
      unmount(parts)
    },
    connect: async (to) => connect(parts, checked(to)),
    refresh: () => refresh(parts),
    createPaymentMethod: () => {
      const { mount } = parts
      parts.tokenising ??= tokenise(mount).finally(() => {
        if (parts.mount === mount) parts.tokenising = undefined
      })
      return parts.tokenising
    },
    focus: () => {
      parts.mount?.iframe.focus()
      parts.mount?.line()?.say({ type: 'focus' })
    },
  }
}

function connect(parts: Parts, to: Connection): Promise<void> {
  const { connection, mount, hasFailed } = parts
  const isSame =
    connection?.apiBase === to.apiBase && connection.publishableKey === to.publishableKey
  if (isSame && mount !== undefined && !hasFailed) return mount.mounted
  parts.connection = to
  return start(parts) ?? new Promise((resolve) => parts.waiting.push(resolve))
}

/** Mounts a frame in place of the one there is, if it is known from where and the element is there. */
function start(parts: Parts): Promise<void> | undefined {
  const { connection, root, listener } = parts
  if (connection === undefined || parts.unwatch === undefined) return undefined
  unmount(parts)
  const mount = mountFrame({
    into: root,
    connection,
    title: titleOf(localeOf(parts.host)),
    settings: () => noted(parts, parts.settings()),
    onNews: (news) => hear(parts, news),
  })
  parts.mount = mount
  parts.hasFailed = false
  noted(parts, parts.settings())
  mount.mounted.catch((error: FarthingError) => {
    if (parts.mount !== mount) return
    parts.hasFailed = true
    listener.onError(error)
  })
  for (const resolve of parts.waiting.splice(0)) resolve(mount.mounted)
  return mount.mounted
}

function unmount(parts: Parts): void {
  const { mount } = parts
  parts.mount = undefined
  parts.tokenising = undefined
  mount?.unmount()
  setState(parts, EMPTY)
}

function refresh(parts: Parts): void {
  if (parts.mount === undefined) return
  const settings = parts.settings()
  if (JSON.stringify(settings) === parts.told) return
  parts.mount.line()?.say({ type: 'settings', settings: noted(parts, settings) })
}

/** Notes what the frame is about to be told, and does the page's half of it. */
function noted(parts: Parts, settings: Settings): Settings {
  parts.told = JSON.stringify(settings)
  const { iframe } = parts.mount ?? {}
  if (iframe !== undefined) {
    iframe.title = titleOf(settings.locale)
    // The frame is see-through only while its colour scheme and its element's are the same.
    iframe.style.setProperty('color-scheme', settings.scheme)
  }
  return settings
}

function hear(parts: Parts, news: News): void {
  if (news.type === 'state') setState(parts, news.state)
  else if (news.type === 'mounted') parts.listener.onSign('ready')
  else if (news.type !== 'height') parts.listener.onSign(news.type)
}

function setState(parts: Parts, next: CardState): void {
  const hasChanged = JSON.stringify(next) !== JSON.stringify(parts.state)
  parts.state = next
  if (hasChanged) parts.listener.onState(next)
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
