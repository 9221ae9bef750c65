/** Webhooks: the signature over the raw bytes first, the event afterwards. */
import { core, decimal } from './core.js'
import { FarthingError } from './errors.js'

/** The body exactly as it arrived. Parsed JSON cannot be verified: its bytes are gone. */
export type RawPayload = string | Uint8Array | ArrayBuffer

/** One signing secret, or several while one is being replaced. */
export type Secrets =
  { secret: string; secrets?: never } | { secrets: readonly string[]; secret?: never }

/** The receiver's clock and how far the sender's may be from it. */
export interface Clock {
  /** Clock difference to accept, in seconds, either way: 1 to 86,400. @default 300 */
  toleranceSeconds?: number
  /** The receiver's clock, in milliseconds since the Unix epoch. @default Date.now() */
  nowMs?: number
}

/** Who signed, and when. */
export interface Verified {
  /** Which of the given secrets matched. */
  secretIndex: number
  /** When the sender signed, in milliseconds since the Unix epoch. */
  signedAtMs: number
}

/** An event, as far as every event is alike. */
export interface WebhookEvent {
  id: string
  object: string
  type: string
  created: number
  data: { object: Record<string, unknown>; previous_attributes?: Record<string, unknown> }
  [name: string]: unknown
}

/** One probable reason why a body does not verify. */
export interface Finding {
  code: string
  /** What to do about it, in a sentence. Never contains a secret. */
  hint: string
}

export type StripeOptions = Secrets &
  Clock & { payload: RawPayload; header: string | null | undefined }

export type StandardOptions = Secrets &
  Clock & {
    payload: RawPayload
    /** The request's headers; `webhook-*` is read, or else `svix-*`. */
    headers: { get(name: string): string | null } | Record<string, string | undefined>
  }

/**
 * Verifies a body signed by Stripe's scheme and only then reads it.
 *
 * @example
 * const event = constructEvent({ payload: rawBody, header: request.headers['stripe-signature'], secret })
 */
export function constructEvent(options: StripeOptions): WebhookEvent {
  verifyStripe(options)
  return read(options.payload)
}

/** Verifies a body signed by Stripe's scheme. */
export function verifyStripe(options: StripeOptions): Verified {
  const body = bytes(options.payload)
  const match = core((c) =>
    c.webhook_verify_stripe(secretList(options), options.header ?? '', body, ...clock(options)),
  ) as WireMatch
  return verified(match)
}

/** Verifies a body signed by Standard Webhooks. */
export function verifyStandard(options: StandardOptions): Verified {
  const body = bytes(options.payload)
  const headers = ['id', 'timestamp', 'signature'].map((name) => header(options.headers, name))
  const match = core((c) =>
    c.webhook_verify_standard(secretList(options), headers, body, ...clock(options)),
  ) as WireMatch
  return verified(match)
}

/** Says what is probably the matter with a body that does not verify. Never reveals a secret. */
export function diagnose(options: StripeOptions): Finding[] {
  const body = bytes(options.payload)
  return core((c) =>
    c.webhook_diagnose_stripe(secretList(options), options.header ?? '', body, ...clock(options)),
  ) as Finding[]
}

/** The `Stripe-Signature` header for a body: for tests, and for whoever sends. */
export function signStripe(options: Secrets & { payload: RawPayload; nowMs?: number }): string {
  const { payload, nowMs = Date.now() } = options
  return core((c) => c.webhook_sign_stripe(secretList(options), decimal(nowMs), bytes(payload)))
}

/** The `webhook-signature` header for a body. */
export function signStandard(
  options: Secrets & { payload: RawPayload; id: string; nowMs?: number },
): string {
  const { payload, id, nowMs = Date.now() } = options
  return core((c) =>
    c.webhook_sign_standard(secretList(options), id, decimal(nowMs), bytes(payload)),
  )
}

interface WireMatch {
  secretIndex: number
  timestampMs: string
}

function verified({ secretIndex, timestampMs }: WireMatch): Verified {
  return { secretIndex, signedAtMs: Number(timestampMs) }
}

function secretList({ secret, secrets }: Secrets): string[] {
  return secrets === undefined ? [secret] : [...secrets]
}

/** The clock and the window as the core takes them. */
function clock({ toleranceSeconds = 300, nowMs = Date.now() }: Clock): [string, string] {
  return [decimal(nowMs), decimal(toleranceSeconds)]
}

function header(headers: StandardOptions['headers'], name: string): string {
  const read = (full: string): string | null | undefined =>
    typeof headers.get === 'function'
      ? (headers as Headers).get(full)
      : (headers as Record<string, string | undefined>)[full]
  return read(`webhook-${name}`) ?? read(`svix-${name}`) ?? ''
}

function bytes(payload: RawPayload): Uint8Array {
  if (typeof payload === 'string') return new TextEncoder().encode(payload)
  if (payload instanceof Uint8Array) return payload
  if (payload instanceof ArrayBuffer) return new Uint8Array(payload)
  throw new FarthingError(
    'payload_not_raw',
    'Pass the request body as it arrived, as text or bytes: a parsed body cannot be verified.',
  )
}

function read(payload: RawPayload): WebhookEvent {
  try {
    const text =
      typeof payload === 'string'
        ? payload
        : new TextDecoder('utf-8', { fatal: true }).decode(bytes(payload))
    return JSON.parse(text) as WebhookEvent
  } catch (cause) {
    throw new FarthingError('payload_not_json', 'The body is signed, but it is not JSON.', {
      cause,
    })
  }
}
export { FarthingError, type FarthingErrorCode } from './errors.js'
