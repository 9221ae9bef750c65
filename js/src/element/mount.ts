/**
 * Puts the frame into the element and shakes hands with it.
 *
 * The handshake checks window and origin both ways. The frame says `ready` to the origin named in its
 * address; the page believes it only from that very frame and the backend's origin, and answers with
 * one end of a message channel, addressed to the backend's origin; the frame takes it only from its
 * parent and the origin named in its address, once. From then on only the two ends can hear.
 */
import { FarthingError } from '../errors.js'
import { openLine, type Line, type News } from './line.js'
import { PROTOCOL, type Connect, type Settings } from './protocol.js'

/** Time for the frame to appear at all. */
const APPEAR_TIMEOUT_MS = 15_000

/**
 * Time between the frame's document having loaded and its first word. A frame that the browser
 * refused (its policy does not list this page, or this page's does not list it) loads as an empty
 * document and never says one.
 */
const FIRST_WORD_TIMEOUT_MS = 8_000

/** Room around the form for its focus ring; the element takes it back, so that fields align. */
const RING_PX = 4

/** About as tall as the form will be, so that little moves when it says how tall it is. */
const FIRST_HEIGHT_PX = 176

/** Where the frame comes from, and for whom. */
export interface Connection {
  /** The backend: `https://pay.example.com`, with no slash at its end. */
  apiBase: string
  /** `pk_test_…` or `pk_live_…`. */
  publishableKey: string
}

export interface Mount {
  iframe: HTMLIFrameElement
  /** Resolves with the first handshake; rejects with `frame_unreachable` or `frame_gone`. */
  mounted: Promise<void>
  /** The line of the latest handshake: a frame that loads anew is connected anew. */
  line(): Line | undefined
  unmount(): void
}

export interface MountOptions {
  into: ParentNode
  connection: Connection
  title: string
  settings: () => Settings
  onNews: (news: News) => void
}

/** Mounts the frame; answers at once. */
export function mountFrame(options: MountOptions): Mount {
  const { into, connection, settings, onNews } = options
  const { origin } = new URL(connection.apiBase)
  const iframe = iframeOf(connection, options.title)
  let line: Line | undefined
  let isMounted = false
  let settle = { done: (): void => {}, fail: (_error: FarthingError): void => {} }
  const mounted = new Promise<void>((resolve, reject) => (settle = { done: resolve, fail: reject }))
  mounted.catch(() => {}) // Whoever asks for the card is told; nobody has to ask.

  const unreachable = (): void => {
    settle.fail(
      new FarthingError(
        'frame_unreachable',
        'The card form could not be loaded. Is this origin registered for the publishable key?',
      ),
    )
    unmount()
  }
  let timer = setTimeout(unreachable, APPEAR_TIMEOUT_MS)
  const onLoad = (): void => {
    if (isMounted) return
    clearTimeout(timer)
    timer = setTimeout(unreachable, FIRST_WORD_TIMEOUT_MS)
  }
  const heard = (news: News): void => {
    if (news.type === 'mounted') {
      isMounted = true
      clearTimeout(timer)
      iframe.style.setProperty('visibility', 'visible')
      settle.done()
    }
    if (news.type === 'height') iframe.style.setProperty('height', `${news.height}px`)
    onNews(news)
  }
  const onReady = (event: MessageEvent): void => {
    if (event.source !== iframe.contentWindow || event.origin !== origin) return
    if (event.data?.farthing !== 'ready' || event.data.protocol !== PROTOCOL) return
    const channel = new MessageChannel()
    line?.hangUp()
    line = openLine(channel.port1, heard)
    const hello: Connect = { farthing: 'connect', protocol: PROTOCOL, settings: settings() }
    iframe.contentWindow?.postMessage(hello, origin, [channel.port2])
  }
  const unmount = (): void => {
    clearTimeout(timer)
    removeEventListener('message', onReady)
    line?.hangUp()
    line = undefined
    iframe.remove()
    settle.fail(new FarthingError('frame_gone', 'The card form was removed before it was loaded.'))
  }
  addEventListener('message', onReady)
  iframe.addEventListener('load', onLoad)
  into.append(iframe)
  return { iframe, mounted, line: () => line, unmount }
}

function iframeOf(connection: Connection, title: string): HTMLIFrameElement {
  const iframe = document.createElement('iframe')
  const key = encodeURIComponent(connection.publishableKey)
  const parent = encodeURIComponent(location.origin)
  iframe.src = `${connection.apiBase}/farthing/frame?key=${key}#parent=${parent}`
  iframe.name = 'farthing-card'
  iframe.title = title
  iframe.referrerPolicy = 'no-referrer'
  iframe.setAttribute('scrolling', 'no')
  for (const [name, value] of [
    ['display', 'block'],
    ['border', '0'],
    ['margin', `-${RING_PX}px`],
    ['width', `calc(100% + ${2 * RING_PX}px)`],
    ['max-width', 'none'],
    ['height', `${FIRST_HEIGHT_PX}px`],
    // Until it has been told its language and its colours there is nothing worth seeing.
    ['visibility', 'hidden'],
  ] as const) {
    iframe.style.setProperty(name, value)
  }
  return iframe
}
