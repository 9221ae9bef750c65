/**
 * The `webhooks` object of Stripe's kit for Node, to be had by changing one line of import. It accepts
 * and refuses what that kit does, in every runtime synchronously; `webhooks.strict` is strict instead.
 */
import { FarthingError, type FarthingErrorCode } from '../errors.js'
import { type RawPayload, check, checkAsync, clock, raw } from './check.js'
import { type WebhookEvent, parse } from './event.js'
import { type Prepared, prepare } from './face.js'
import type { Now, Parts } from './fast.js'
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
  /** Verifies and parses. Throws {@link StripeSignatureVerificationError}. */
  constructEvent(...call: VerifyArguments): WebhookEvent
  constructEventAsync(...call: VerifyArguments): Promise<WebhookEvent>
  /** A header for tests. */
  generateTestHeaderString(options: TestHeaderOptions): string
  generateTestHeaderStringAsync(options: TestHeaderOptions): Promise<string>
}

/** That kit's error for a webhook that is refused. `code` says why. */
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

interface Call {
  prepared: Prepared
  parts: Parts
  payload: RawPayload
  now: Now
}

/** Everything but the check itself. */
function read(policy: Policy, ...[payload, header, secret, ...rest]: VerifyArguments): Call {
  if (Array.isArray(header)) {
    throw new FarthingError('bad_option', 'The signature header must be one text, not a list.')
  }
  if (payload === '' || payload === null || payload === undefined) {
    throw new FarthingError('payload_empty', 'There is no body to verify.')
  }
  const tolerance = rest[0] ?? DEFAULT_TOLERANCE
  if (policy === 'compat' && !Number.isInteger(tolerance) && Math.abs(tolerance) !== Infinity) {
    throw new FarthingError('tolerance_out_of_range', 'The tolerance must be whole seconds.')
  }
  const receivedAt = rest[2]
  const signature = header instanceof Uint8Array ? decoder.decode(header) : (header as string)
  return {
    prepared: preparedFor(policy, typeof secret === 'string' ? secret : '', tolerance),
    parts: { id: '', timestamp: '', signature: signature ?? '' },
    payload,
    now: {
      nowMs: typeof receivedAt === 'number' ? clock(receivedAt) : Date.now(),
      toleranceSeconds: Math.max(0, Math.min(tolerance, TOLERANCE_MAX)),
    },
  }
}

/** The secret, absorbed at its first use. */
function preparedFor(policy: Policy, secret: string, tolerance: number): Prepared {
  const strict = policy === 'strict'
  const cache = caches[policy]
  const key = strict ? `${tolerance} ${secret}` : secret
  const known = cache.get(key)
  if (known !== undefined) return known
  const toleranceSeconds = strict ? tolerance : undefined
  const fresh = prepare({ scheme: 'stripe', policy, toleranceSeconds, secrets: [secret] })
  for (const oldest of cache.keys()) {
    if (cache.size < CACHE_MAX) break
    cache.delete(oldest)
  }
  cache.set(key, fresh)
  return fresh
}

/** Turns a refusal into that kit's error. */
function refused(cause: unknown, [payload, header]: VerifyArguments): unknown {
  if (!(cause instanceof FarthingError) || cause instanceof StripeSignatureVerificationError) {
    return cause
  }
  const { code, message } = cause
  return code === 'wasm_unavailable' || code === 'bad_option' || code === 'internal'
    ? cause
    : new StripeSignatureVerificationError(code, message, { header, payload, cause })
}

/** A body that was parsed is refused, but its header is looked at first, as that kit does. */
function textOf(payload: unknown): RawPayload {
  return isRaw(payload) ? payload : String(payload)
}

function isRaw(payload: unknown): payload is RawPayload {
  return typeof payload === 'string' || payload instanceof Uint8Array
}

/** Says of a body that was parsed what is wrong with it, rather than with its signature. */
function settled(payload: unknown, cause?: unknown): true {
  if (isRaw(payload)) {
    if (cause !== undefined) throw cause
    return true
  }
  const isMismatch = cause instanceof FarthingError && cause.code === 'signature_mismatch'
  if (cause !== undefined && !isMismatch) throw cause
  raw(payload)
  return true
}

function eventOf(payload: RawPayload): WebhookEvent {
  const event = parse(typeof payload === 'string' ? payload : decoder.decode(payload))
  if (event?.object === 'v2.core.event') {
    throw new FarthingError('payload_thin', 'This is a thin event, which has no object in it.')
  }
  return event
}

function testHeader(options: TestHeaderOptions): string {
  const { payload, secret, scheme = 'v1', signature } = options
  const seconds = Math.floor(options.timestamp || Date.now() / 1000)
  const signed =
    signature ??
    signHeaders({ scheme: 'stripe', secrets: secret, payload, nowMs: seconds * 1000 })[
      'stripe-signature'
    ]?.split('v1=')[1]
  return `t=${seconds},${scheme}=${signed}`
}

function webhooksOf(policy: Policy): StripeWebhooks {
  const verifyHeader = (...call: VerifyArguments): true => {
    try {
      const { prepared, parts, payload, now } = read(policy, ...call)
      try {
        check(prepared, parts, textOf(payload), now)
      } catch (cause) {
        return settled(payload, cause)
      }
      return settled(payload)
    } catch (cause) {
      throw refused(cause, call)
    }
  }
  const verifyHeaderAsync = async (...call: VerifyArguments): Promise<true> => {
    try {
      const { prepared, parts, payload, now } = read(policy, ...call)
      try {
        await checkAsync(prepared, parts, textOf(payload), now)
      } catch (cause) {
        return settled(payload, cause)
      }
      return settled(payload)
    } catch (cause) {
      throw refused(cause, call)
    }
  }
  return {
    DEFAULT_TOLERANCE,
    signature: { EXPECTED_SCHEME: 'v1', verifyHeader, verifyHeaderAsync },
    constructEvent: (...call) => {
      verifyHeader(...call)
      return eventOf(call[0])
    },
    constructEventAsync: async (...call) => {
      await verifyHeaderAsync(...call)
      return eventOf(call[0])
    },
    generateTestHeaderString: testHeader,
    generateTestHeaderStringAsync: async (options) => testHeader(options),
  }
}

/**
 * Stripe's `webhooks`, accepting and refusing as Stripe's kit for Node (23.1) does: the future is
 * accepted, `tolerance` 0 skips the check of age, the last `t` counts. Two differences are meant: the
 * bytes given are what is hashed (a byte order mark or broken UTF-8 does no harm), and an empty `v1=`
 * is skipped. `webhooks.strict` has the same functions and the policy of `createVerifier`.
 */
export const webhooks: StripeWebhooks & { readonly strict: StripeWebhooks } =
  /* @__PURE__ */ (() => ({
    ...webhooksOf('compat'),
    strict: webhooksOf('strict'),
  }))()
