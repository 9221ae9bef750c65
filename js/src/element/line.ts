/** The page's end of the channel to one frame, from the handshake until it is hung up. */
import { FarthingError } from '../errors.js'
import { understood } from './heard.js'
import type { FromFrame, TokeniseFailure, TokenisedCard, ToFrame } from './protocol.js'

/** Longer than the frame itself waits for the backend: only a frame that is gone says nothing. */
const TOKENISE_TIMEOUT_MS = 45_000

/** Sentences of ours: a frame's text is never shown in the page, whatever it says. */
const FAILURES: Readonly<Record<TokeniseFailure, string>> = {
  card_incomplete: 'Please check the card details.',
  card_refused: 'This card cannot be used. Please check the details or try another card.',
  network_unreachable: 'The payment service did not answer. Nothing was charged.',
  request_refused: 'The payment service does not accept cards from this page.',
}

/** What is reported that asks for no answer. */
export type News = Exclude<FromFrame, { type: 'tokenised' | 'failed' }>

export interface Line {
  say(message: ToFrame): void
  tokenise(): Promise<TokenisedCard>
  /** Closes the channel; whoever still waits for a card is told `frame_gone`. */
  hangUp(): void
}

interface Waiting {
  resolve(card: TokenisedCard): void
  reject(error: FarthingError): void
}

/** Takes over a port. `onNews` is called for every message that is understood. */
export function openLine(port: MessagePort, onNews: (news: News) => void): Line {
  const waiting = new Map<number, Waiting>()
  let lastId = 0
  const take = (id: number): Waiting | undefined => {
    const found = waiting.get(id)
    waiting.delete(id)
    return found
  }
  port.onmessage = ({ data }): void => {
    const message = understood(data)
    if (message?.type === 'tokenised') take(message.id)?.resolve(message.card)
    else if (message?.type === 'failed') take(message.id)?.reject(failure(message.code))
    else if (message !== undefined) onNews(message)
  }
  return {
    say: (message) => port.postMessage(message),
    tokenise: () =>
      new Promise((resolve, reject) => {
        lastId += 1
        const id = lastId
        const timer = setTimeout(() => take(id)?.reject(gone()), TOKENISE_TIMEOUT_MS)
        const settled = <T>(then: (value: T) => void) => {
          return (value: T): void => (clearTimeout(timer), then(value))
        }
        waiting.set(id, { resolve: settled(resolve), reject: settled(reject) })
        port.postMessage({ type: 'tokenise', id } satisfies ToFrame)
      }),
    hangUp: () => {
      port.onmessage = null
      port.close()
      for (const { reject } of waiting.values()) reject(gone())
      waiting.clear()
    },
  }
}

/** The error of a card form that is not, or no longer, there. */
export function gone(): FarthingError {
  return new FarthingError('frame_gone', 'The card form is not there. Nothing was charged.')
}

function failure(code: TokeniseFailure): FarthingError {
  return new FarthingError(code, FAILURES[code])
}
