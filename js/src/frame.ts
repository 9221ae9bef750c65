/**
 * The card frame as the page sees it: an iframe of the backend's origin. The card is typed in there
 * and goes from there straight to the backend; what comes out is a payment method's id, a brand and
 * four digits.
 *
 * The handshake checks the origin both ways. The frame says `ready` to the origin named in its
 * address; the page believes it only from that very frame and the backend's origin, and answers with
 * one end of a message channel, addressed to the backend's origin; the frame takes it only from its
 * parent and the origin named in its address, once. From then on only the two ends can hear.
 */
import { FarthingError, type FarthingErrorCode } from './errors.js'

/** What the page may know of the card being typed. */
export interface CardState {
  /** Every field is valid. */
  isComplete: boolean
  isEmpty: boolean
  /** `visa`, `mastercard`, …, or `unknown`. */
  brand: string
}

/** A card, as far as it leaves the frame. */
export interface TokenisedCard {
  paymentMethodId: string
  brand: string
  last4: string
}

export interface CardFrameOptions {
  /** @default 'auto': as the buyer's system is set */
  theme?: 'light' | 'dark' | 'auto'
  /** Called whenever the card being typed changes. */
  onState?: (state: CardState) => void
  /** Called when the buyer presses Enter in the frame. */
  onSubmit?: () => void
  /** How long to wait for the frame to appear. @default 15000 */
  timeoutMs?: number
}

/** A mounted card frame. */
export interface CardFrame {
  /** Turns the card into a payment method; throws `card_incomplete` or `card_refused`. */
  tokenise(): Promise<TokenisedCard>
  /** Puts the cursor into the first field that needs attention. */
  focus(): void
  setTheme(theme: 'light' | 'dark' | 'auto'): void
  unmount(): void
}

/** Version of the conversation between page and frame. */
const PROTOCOL = 1

/** Sentences of ours: a frame's text is never shown in the page, whatever it says. */
const FAILURES: Partial<Record<string, string>> = {
  card_incomplete: 'Please check the card details.',
  card_refused: 'This card cannot be used. Please check the details or try another card.',
  network_unreachable: 'The payment service did not answer. Nothing was charged.',
}

/** Puts the card frame into an element and shakes hands with it. */
export function mountFrame(
  element: Element,
  backend: { baseUrl: string; publishableKey: string },
  options: CardFrameOptions,
): Promise<CardFrame> {
  const { theme = 'auto', timeoutMs = 15_000 } = options
  const origin = new URL(backend.baseUrl).origin
  const iframe = document.createElement('iframe')
  iframe.name = 'farthing-card'
  iframe.title = 'Secure card details'
  iframe.src = `${backend.baseUrl}/farthing/frame#parent=${encodeURIComponent(location.origin)}`
  iframe.setAttribute('scrolling', 'no')
  Object.assign(iframe.style, { border: '0', width: '100%', height: '168px', display: 'block' })
  paint(iframe, theme)

  const line = frameLine(iframe, options)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      unmount()
      reject(new FarthingError('frame_unreachable', 'The card form could not be loaded.'))
    }, timeoutMs)
    const onReady = (event: MessageEvent): void => {
      if (event.source !== iframe.contentWindow || event.origin !== origin) return
      if (event.data?.farthing !== 'ready' || event.data.protocol !== PROTOCOL) return
      const channel = new MessageChannel()
      line.connect(channel.port1, () => {
        clearTimeout(timer)
        resolve({
          tokenise: line.tokenise,
          focus: () => line.say({ type: 'focus' }),
          setTheme,
          unmount,
        })
      })
      const { publishableKey } = backend
      const hello = { farthing: 'connect', protocol: PROTOCOL, publishableKey, theme }
      iframe.contentWindow?.postMessage(hello, origin, [channel.port2])
    }
    const setTheme = (next: 'light' | 'dark' | 'auto'): void => {
      paint(iframe, next)
      line.say({ type: 'theme', theme: next })
    }
    const unmount = (): void => {
      clearTimeout(timer)
      removeEventListener('message', onReady)
      line.hangUp()
      iframe.remove()
    }
    addEventListener('message', onReady)
    element.append(iframe)
  })
}

/** The page's end of the channel. A frame that loads anew is connected anew. */
interface Line {
  connect(port: MessagePort, onMounted: () => void): void
  say(message: unknown): void
  tokenise(): Promise<TokenisedCard>
  hangUp(): void
}

function frameLine(iframe: HTMLIFrameElement, options: CardFrameOptions): Line {
  let port: MessagePort | undefined
  let lastId = 0
  const waiting = new Map<number, PromiseWithReject<TokenisedCard>>()
  const hangUp = (): void => {
    port?.close()
    port = undefined
    for (const { reject } of waiting.values()) {
      reject(new FarthingError('frame_gone', 'The card form was closed. Nothing was charged.'))
    }
    waiting.clear()
  }
  const hear = (message: Heard, onMounted: () => void): void => {
    if (message.type === 'mounted') onMounted()
    if (message.type === 'height') iframe.style.height = `${message.height}px`
    if (message.type === 'submit') options.onSubmit?.()
    if (message.type === 'state') options.onState?.(message.state)
    if (message.type === 'tokenised') take(message.id)?.resolve(message.card)
    if (message.type === 'failed') take(message.id)?.reject(message.error)
  }
  const take = (id: number): PromiseWithReject<TokenisedCard> | undefined => {
    const found = waiting.get(id)
    waiting.delete(id)
    return found
  }
  return {
    connect: (next, onMounted) => {
      hangUp()
      port = next
      port.onmessage = ({ data }): void => {
        const message = understood(data)
        if (message !== undefined) hear(message, onMounted)
      }
    },
    say: (message) => port?.postMessage(message),
    tokenise: () =>
      new Promise((resolve, reject) => {
        if (port === undefined) {
          reject(
            new FarthingError('frame_gone', 'The card form is not there. Nothing was charged.'),
          )
          return
        }
        lastId += 1
        waiting.set(lastId, { resolve, reject })
        port.postMessage({ type: 'tokenise', id: lastId })
      }),
    hangUp,
  }
}

interface PromiseWithReject<T> {
  resolve: (value: T) => void
  reject: (error: FarthingError) => void
}

type Heard =
  | { type: 'mounted' }
  | { type: 'submit' }
  | { type: 'height'; height: number }
  | { type: 'state'; state: CardState }
  | { type: 'tokenised'; id: number; card: TokenisedCard }
  | { type: 'failed'; id: number; error: FarthingError }

/** Takes from a message only what the page is to know; anything else is not understood. */
function understood(data: unknown): Heard | undefined {
  if (typeof data !== 'object' || data === null) return undefined
  const said = data as Record<string, unknown>
  const { type, id, height } = said
  if (type === 'mounted' || type === 'submit') return { type }
  if (type === 'height' && Number.isInteger(height) && (height as number) <= 2000) {
    return { type, height: height as number }
  }
  if (type === 'state') {
    const { isComplete, isEmpty, brand } = said
    const state = { isComplete: isComplete === true, isEmpty: isEmpty === true, brand: word(brand) }
    return { type, state }
  }
  if (!Number.isInteger(id)) return undefined
  if (type === 'tokenised') {
    const { paymentMethodId, brand, last4 } = said
    if (typeof paymentMethodId !== 'string' || !/^pm_\w{1,60}$/.test(paymentMethodId))
      return undefined
    if (typeof last4 !== 'string' || !/^\d{4}$/.test(last4)) return undefined
    return { type, id: id as number, card: { paymentMethodId, brand: word(brand), last4 } }
  }
  if (type === 'failed') return { type, id: id as number, error: failure(said['code']) }
  return undefined
}

function word(value: unknown): string {
  return typeof value === 'string' && /^[a-z_]{1,24}$/.test(value) ? value : 'unknown'
}

function failure(code: unknown): FarthingError {
  const sentence = FAILURES[String(code)]
  return sentence === undefined
    ? new FarthingError('card_refused', FAILURES['card_refused'] ?? '')
    : new FarthingError(code as FarthingErrorCode, sentence)
}

/** The frame is see-through only while its colour scheme and its element's are the same. */
function paint(iframe: HTMLIFrameElement, theme: 'light' | 'dark' | 'auto'): void {
  iframe.style.colorScheme = theme === 'auto' ? 'light dark' : theme
}
