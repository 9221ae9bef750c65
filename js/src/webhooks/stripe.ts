/**
 * The `webhooks` object of Stripe's kit for Node, to be had by changing one line of import. It accepts
 * and refuses what that kit does, in every runtime synchronously; `webhooks.strict` is strict instead.
 */
import { FarthingError, type FarthingErrorCode } from '../errors.js'
import { type RawPayload, check, checkAsync, clock, raw } from './check.js'
import { type WebhookEvent, parse } from './event.js'
import { type Prepared, prepare } from './face.js'
import type { Now, Parts } from './fast.js'
import { kept } from './kept.js'
import { signHeaders } from './sign.js'

/** The signature header as Node and Express type it. A list is refused. */
export type StripeHeader = string | Uint8Array | readonly string[] | null | undefined

/** What {@link StripeWebhooks.generateTestHeaderString} signs. */
export interface TestHeaderOptions {
  payload: string
  secret: string
  /** Seconds since the Unix epoch. @default now */
  timestamp?: number
  /** @default "v1" */
  scheme?: string
  /** Goes into the header as it is, instead of one that is computed. */
  signature?: string
  /** Not used: every runtime has a synchronous verifier. */
  cryptoProvider?: unknown
}

/** The arguments of a verification, in that kit's order. `cryptoProvider` is not used. */
export type VerifyArguments = [
  payload: RawPayload,
  header: StripeHeader,
  secret: string,
  tolerance?: number,
  cryptoProvider?: unknown,
  receivedAt?: number,
]

/** That kit's `webhooks.signature`. */
export interface StripeSignature {
  readonly EXPECTED_SCHEME: 'v1'
  /** Verifies header and clock. Throws {@link StripeSignatureVerificationError}. */
  verifyHeader(...call: VerifyArguments): true
  verifyHeaderAsync(...call: VerifyArguments): Promise<true>
}

/** That kit's `webhooks`. Times are seconds, but `receivedAt`, which is milliseconds. */
export interface StripeWebhooks {
  readonly DEFAULT_TOLERANCE: 300
  readonly signature: StripeSignature
  /**
   * Verifies and parses. Throws {@link StripeSignatureVerificationError}. `E` is what the event is read
   * as, `constructEvent<Stripe.Event>(…)` or by the variable's own type; its shape is not checked.
   */
  constructEvent<E extends { type: string } = WebhookEvent>(...call: VerifyArguments): E
  constructEventAsync<E extends { type: string } = WebhookEvent>(
    ...call: VerifyArguments
  ): Promise<E>
  /** A header for tests. */
  generateTestHeaderString(options: TestHeaderOptions): string
  generateTestHeaderStringAsync(options: TestHeaderOptions): Promise<string>
}

/** That kit's error for a webhook that is refused. `code` says why; header and body are text. */
export class StripeSignatureVerificationError extends FarthingError {
  readonly type = 'StripeSignatureVerificationError'
  readonly header: StripeHeader
  readonly payload: unknown

  constructor(
    code: FarthingErrorCode,
    message: string,
    details: { header: StripeHeader; payload: unknown; cause?: unknown },
  ) {
    super(code, message, { cause: details.cause })
    this.header = details.header
    this.payload = details.payload
  }
}

type Policy = 'compat' | 'strict'

const DEFAULT_TOLERANCE = 300
/** As many seconds as cross in 32 bits: 68 years. */
const TOLERANCE_MAX = 2_147_483_647
/** As many secrets as a service has endpoints. */
const CACHE_MAX = 32

const caches = { compat: new Map<string, Prepared>(), strict: new Map<string, Prepared>() }
const decoder = new TextDecoder()
let lastKey: string | undefined
let lastPolicy: Policy | undefined
let last: Prepared | undefined

/** The header as text. */
function signatureOf(header: StripeHeader): string {
  if (typeof header === 'string') return header
  if (header instanceof Uint8Array) return decoder.decode(header)
  if (header === null || header === undefined) return ''
  throw new FarthingError('bad_option', 'The signature header must be one text, not a list.')
}

/** The clock as the verifier takes it. */
function nowOf(policy: Policy, tolerance: number, receivedAt: unknown): Now {
  if (policy === 'compat' && !Number.isInteger(tolerance) && Math.abs(tolerance) !== Infinity) {
    throw new FarthingError('tolerance_out_of_range', 'The tolerance must be whole seconds.')
  }
  return {
    nowMs: typeof receivedAt === 'number' ? clock(receivedAt) : Date.now(),
    toleranceSeconds: Math.max(0, Math.min(tolerance, TOLERANCE_MAX)),
  }
}

function refuseEmpty(payload: unknown): void {
  if (payload !== '' && payload !== null && payload !== undefined) return
  throw new FarthingError('payload_empty', 'There is no body to verify.')
}

/** The secret, absorbed at its first use. */
function preparedFor(policy: Policy, secret: string, tolerance: number): Prepared {
  const strict = policy === 'strict'
  const cache = caches[policy]
  const key = strict ? `${tolerance} ${secret}` : secret
  if (key === lastKey && policy === lastPolicy && last !== undefined) return last
  const known = cache.get(key)
  if (known !== undefined) return remembered(key, policy, known)
  const toleranceSeconds = strict ? tolerance : undefined
  const fresh = prepare({ scheme: 'stripe', policy, toleranceSeconds, secrets: [secret] })
  for (const oldest of cache.keys()) {
    if (cache.size < CACHE_MAX) break
    cache.delete(oldest)
  }
  cache.set(key, fresh)
  return remembered(key, policy, fresh)
}

/** Nearly every service has one secret: it is found without a look into the table. */
function remembered(key: string, policy: Policy, prepared: Prepared): Prepared {
  lastKey = key
  lastPolicy = policy
  return (last = prepared)
}

/** Turns a refusal into that kit's error. */
function refused(cause: unknown, payload: unknown, header: StripeHeader): unknown {
  if (!(cause instanceof FarthingError) || cause instanceof StripeSignatureVerificationError) {
    return cause
  }
  if (cause.code === 'signature_mismatch' && !isRaw(payload)) {
    // What is wrong is the body, not its signature.
    return refused(parsed(payload), payload, header)
  }
  const { code, message } = cause
  return code === 'wasm_unavailable' || code === 'bad_option' || code === 'internal'
    ? cause
    : new StripeSignatureVerificationError(code, message, {
        header: decoded(header),
        payload: decoded(payload),
        cause,
      })
}

/** Bytes as text, as that kit has them on its error. */
function decoded<T>(value: T): T | string {
  return value instanceof Uint8Array ? decoder.decode(value) : value
}

/** A body that was parsed is refused, but its header is looked at first, as that kit does. */
function textOf(payload: unknown): RawPayload {
  return isRaw(payload) ? payload : String(payload)
}

function isRaw(payload: unknown): payload is RawPayload {
  return typeof payload === 'string' || payload instanceof Uint8Array
}

function parsed(payload: unknown): unknown {
  try {
    return raw(payload)
  } catch (refusal) {
    return refusal
  }
}

function eventOf(payload: RawPayload): WebhookEvent {
  const event = parse(typeof payload === 'string' ? payload : decoder.decode(payload))
  if (event?.object === 'v2.core.event') {
    throw new FarthingError('payload_thin', 'This is a thin event, which has no object in it.')
  }
  return event
}

function testHeader(options: TestHeaderOptions): string {
  if ((options as TestHeaderOptions | null | undefined) == null) {
    throw new FarthingError('bad_option', 'Say what to sign, and with which secret.')
  }
  const { payload, secret, timestamp, scheme, signature } = options
  const seconds = Math.floor(timestamp || 0) || Math.floor(Date.now() / 1000)
  const signed =
    signature ||
    signHeaders({ scheme: 'stripe', secrets: secret, payload, nowMs: seconds * 1000 })[
      'stripe-signature'
    ]?.split('v1=')[1]
  return `t=${seconds},${scheme || 'v1'}=${signed}`
}

function webhooksOf(policy: Policy): StripeWebhooks {
  type Check<T> = (prepared: Prepared, parts: Parts, payload: RawPayload, now: Now) => T
  /** Reads the arguments and checks; what is refused is thrown as that kit throws it. */
  const run = <T>(
    check: Check<T>,
    payload: RawPayload,
    header: StripeHeader,
    secret: string,
    tolerance: number | undefined,
    receivedAt: unknown,
  ): T => {
    const signature = signatureOf(header)
    refuseEmpty(payload)
    const seconds = tolerance ?? DEFAULT_TOLERANCE
    const now = nowOf(policy, seconds, receivedAt)
    const prepared = preparedFor(policy, typeof secret === 'string' ? secret : '', seconds)
    return check(prepared, { id: '', timestamp: '', signature }, textOf(payload), now)
  }
  const verifyHeader: StripeSignature['verifyHeader'] = (
    payload,
    header,
    secret,
    tolerance,
    _,
    receivedAt,
  ) => {
    try {
      run(check, payload, header, secret, tolerance, receivedAt)
      raw(payload)
      return true
    } catch (cause) {
      throw refused(cause, payload, header)
    }
  }
  const verifyHeaderAsync: StripeSignature['verifyHeaderAsync'] = async (
    payload,
    header,
    secret,
    tolerance,
    _,
    receivedAt,
  ) => {
    try {
      await run(checkAsync, payload, header, secret, tolerance, receivedAt)
      raw(payload)
      return true
    } catch (cause) {
      throw refused(cause, payload, header)
    }
  }
  return {
    DEFAULT_TOLERANCE,
    signature: { EXPECTED_SCHEME: 'v1', verifyHeader, verifyHeaderAsync },
    constructEvent: <E>(...[payload, ...more]: VerifyArguments) => {
      const body = kept(payload)
      verifyHeader(body, ...more)
      return eventOf(body) as E
    },
    constructEventAsync: async <E>(...[payload, ...more]: VerifyArguments) => {
      const body = kept(payload)
      await verifyHeaderAsync(body, ...more)
      return eventOf(body) as E
    },
    generateTestHeaderString: testHeader,
    generateTestHeaderStringAsync: async (options) => testHeader(options),
  }
}

/**
 * Stripe's `webhooks`, accepting and refusing as Stripe's kit for Node (23.1) does: the future is
 * accepted, `tolerance` 0 skips the check of age, the last `t` counts. What differs: the bytes given
 * are what is hashed (a byte order mark or broken UTF-8 does no harm), an empty `v1=` is skipped, and
 * numbers that are no whole seconds are refused; docs/webhooks-migration.md lists it all.
 * `webhooks.strict` has the same functions and the policy of `createVerifier`.
 */
export const webhooks: StripeWebhooks & { readonly strict: StripeWebhooks } =
  /* @__PURE__ */ (() => ({
    ...webhooksOf('compat'),
    strict: webhooksOf('strict'),
  }))()
