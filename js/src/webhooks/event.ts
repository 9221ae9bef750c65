/** What was verified, and the event in it. */
import { FarthingError } from '../errors.js'
import type { RawPayload } from './check.js'
import type { SchemeName } from './face.js'

/** An event, as far as every event is alike. */
export interface WebhookEvent {
  id: string
  object: string
  type: string
  created: number
  data: { object: Record<string, unknown>; previous_attributes?: Record<string, unknown> }
  [name: string]: unknown
}

/** A webhook whose signature is right and, where a time is signed, whose time is within the window. */
export interface Verified<S extends SchemeName = SchemeName> {
  /** The label of the secret that fits; for a secret without one, its place in the list from 0. */
  readonly secretLabel: string
  /** When the sender signed, in milliseconds since the Unix epoch; `null` where no time is signed. */
  readonly timestampMs: S extends 'github' | 'shopify' ? null : number
  /** The message's id, where it is signed: the same for every try of one message. */
  readonly id?: string
  /**
   * The body as JSON, parsed at the first access.
   *
   * @throws {@link FarthingError} `payload_not_json` if it is something else.
   */
  readonly event: WebhookEvent
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** Carries the body along and parses it when it is asked for. */
export class VerifiedWebhook {
  readonly secretLabel: string
  readonly timestampMs: number | null
  declare readonly id?: string
  readonly #payload: RawPayload
  #event: WebhookEvent | undefined

  constructor(secretLabel: string, timestampMs: number | null, id: string, payload: RawPayload) {
    this.secretLabel = secretLabel
    this.timestampMs = timestampMs
    if (id !== '') this.id = id
    this.#payload = payload
  }

  get event(): WebhookEvent {
    return (this.#event ??= parse(this.#payload))
  }
}

/** Reads a body that was verified. */
export function parse(payload: RawPayload): WebhookEvent {
  try {
    return JSON.parse(
      typeof payload === 'string' ? payload : decoder.decode(payload),
    ) as WebhookEvent
  } catch (cause) {
    throw new FarthingError('payload_not_json', 'The body is signed, but it is not JSON.', {
      cause,
    })
  }
}
