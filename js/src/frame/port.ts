/**
 * The frame's end of the channel. It is opened once, to the parent window, and only if that is of
 * the origin named in the frame's address; what comes through it is read by type.
 */
import { PROTOCOL, type FromFrame, type Settings } from '../element/protocol.js'

/** What the page may ask of the frame. */
export interface Requests {
  settings(settings: Settings): void
  focus(): void
  tokenise(id: number): void
}

/** Says something to the page, as soon as there is one. */
export type Say = (message: FromFrame) => void

export interface PortOptions {
  /** The origin that the frame's address names. */
  parentOrigin: string
  requests: Requests
  /** Called once, after the first settings. */
  onConnected: () => void
}

/** Offers the frame to its parent, and answers with a way to speak to it. */
export function offerPort({ parentOrigin, requests, onConnected }: PortOptions): Say {
  let port: MessagePort | undefined
  const onHello = (event: MessageEvent): void => {
    const { source, origin, data, ports } = event
    if (port !== undefined || source !== parent || origin !== parentOrigin) return
    if (data?.farthing !== 'connect' || data.protocol !== PROTOCOL || ports.length !== 1) return
    const [first] = ports
    const settings = settingsOf(data.settings)
    if (first === undefined || settings === undefined) return
    removeEventListener('message', onHello)
    port = first
    requests.settings(settings)
    port.onmessage = (message): void => answer(message.data, requests)
    port.postMessage({ type: 'mounted' } satisfies FromFrame)
    onConnected()
  }
  addEventListener('message', onHello)
  parent.postMessage({ farthing: 'ready', protocol: PROTOCOL }, parentOrigin)
  return (message) => port?.postMessage(message)
}

/** Does what is asked; what is not understood is ignored. */
function answer(data: unknown, requests: Requests): void {
  if (typeof data !== 'object' || data === null) return
  const { type, id, settings } = data as Record<string, unknown>
  if (type === 'focus') requests.focus()
  if (type === 'tokenise' && Number.isInteger(id)) requests.tokenise(id as number)
  const known = type === 'settings' ? settingsOf(settings) : undefined
  if (known !== undefined) requests.settings(known)
}

/** Settings of the right shape; the theme's values are checked one by one where they are used. */
function settingsOf(value: unknown): Settings | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { scheme, theme, locale, isDisabled } = value as Record<string, unknown>
  return {
    scheme: scheme === 'dark' ? 'dark' : 'light',
    theme: typeof theme === 'object' && theme !== null ? (theme as Settings['theme']) : {},
    locale: typeof locale === 'string' ? locale.slice(0, 35) : '',
    isDisabled: isDisabled === true,
  }
}
