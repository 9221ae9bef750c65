/**
 * A small client for servers and Workers: payment intents, refunds, events, and what became of a key.
 * It needs `fetch` and `crypto`, holds no connection, and logs nothing.
 */
import { FarthingError } from '../errors.js'
import { patience, times } from '../options.js'
import { callOn, type CallOptions, type Line, type Request } from './call.js'
import type { Params } from './form.js'
import { pageOf, type Page } from './list.js'
import type {
  Event,
  IdempotencyRecord,
  IntentCapture,
  IntentCreate,
  IntentUpdate,
  ListParams,
  PaymentIntent,
  Refund,
  RefundCreate,
} from './objects.js'

export { FarthingError, type FarthingErrorCode, type WireFailure } from '../errors.js'
export type { CallOptions } from './call.js'
export type { Param, Params } from './form.js'
export type { Page } from './list.js'
export type * from './objects.js'

/** Where the backend is, and how patient to be with it. */
export interface ClientOptions {
  /** Where the backend is: `https://pay.example.com`. */
  apiBase: string
  /** @default the platform's */
  fetch?: typeof fetch
  /** How long to wait for one answer, in milliseconds: 1 to 2147483647. @default 80000 */
  timeoutMs?: number
  /** How often a call is tried again, 0 or more. @default 2 */
  retriesMax?: number
}

/**
 * What a server does with payments. Every POST carries an idempotency key of its own, the same over
 * its retries, so that trying again never acts twice.
 *
 * Every method rejects with a `FarthingError`, its `wire` holding the server's own words:
 * `card_declined`, `request_refused`, `unauthorized`, `key_reused`, `rate_limited`; `outcome_unknown`
 * for a POST of which any try may have had its effect (repeat it under the error's `idempotencyKey`, or
 * look that key up); for a GET `network_unreachable`, `timed_out` or `service_failed`; and `aborted`,
 * `answer_unreadable`, `overflow`, `not_an_integer`, `idempotency_key_…` and `bad_option`.
 */
export interface Client {
  readonly paymentIntents: {
    create(params: IntentCreate, options?: CallOptions): Promise<PaymentIntent>
    retrieve(id: string, params?: Params, options?: CallOptions): Promise<PaymentIntent>
    update(id: string, params: IntentUpdate, options?: CallOptions): Promise<PaymentIntent>
    confirm(id: string, params?: Params, options?: CallOptions): Promise<PaymentIntent>
    capture(id: string, params?: IntentCapture, options?: CallOptions): Promise<PaymentIntent>
    cancel(id: string, params?: Params, options?: CallOptions): Promise<PaymentIntent>
    list(params?: ListParams, options?: CallOptions): Promise<Page<PaymentIntent>>
  }
  readonly refunds: {
    create(params: RefundCreate, options?: CallOptions): Promise<Refund>
    retrieve(id: string, params?: Params, options?: CallOptions): Promise<Refund>
    list(params?: ListParams, options?: CallOptions): Promise<Page<Refund>>
  }
  readonly events: {
    retrieve(id: string, options?: CallOptions): Promise<Event>
    list(params?: ListParams, options?: CallOptions): Promise<Page<Event>>
  }
  readonly idempotency: {
    /** What became of the request that came under a key; `unknown` if none came. */
    retrieve(key: string, options?: CallOptions): Promise<IdempotencyRecord>
  }
}

const INTENTS = '/v1/payment_intents'
const REFUNDS = '/v1/refunds'
const EVENTS = '/v1/events'

/**
 * Makes a client. Throws `bad_option` for a key that is not secret, an address that is not http(s), or a
 * number out of its range.
 *
 * @example
 * const client = createClient(env.FARTHING_SECRET_KEY, { apiBase: 'https://pay.example.com' })
 * const intent = await client.paymentIntents.create({ amount: 1234n, currency: 'usd' })
 */
export function createClient(secretKey: string, options: ClientOptions): Client {
  // Whoever writes no types may forget them.
  const line = lineOf(secretKey, options ?? { apiBase: '' })
  const call = <T>(request: Request, how: CallOptions = {}): Promise<T> =>
    callOn(line, request, how) as Promise<T>
  const get = <T>(path: string, params?: Params, how?: CallOptions): Promise<T> =>
    call<T>({ method: 'GET', path, params }, how)
  const post = <T>(path: string, params?: Params, how?: CallOptions): Promise<T> =>
    call<T>({ method: 'POST', path, params }, how)
  const list = <T extends { readonly id: string }>(
    path: string,
    params: Params = {},
    how?: CallOptions,
  ): Promise<Page<T>> => pageOf<T>(params, (each) => get(path, each, how))

  return {
    paymentIntents: {
      create: (params, how) => post(INTENTS, params, how),
      retrieve: async (id, params, how) => get(of(INTENTS, id), params, how),
      update: async (id, params, how) => post(of(INTENTS, id), params, how),
      confirm: async (id, params, how) => post(`${of(INTENTS, id)}/confirm`, params, how),
      capture: async (id, params, how) => post(`${of(INTENTS, id)}/capture`, params, how),
      cancel: async (id, params, how) => post(`${of(INTENTS, id)}/cancel`, params, how),
      list: (params, how) => list(INTENTS, params, how),
    },
    refunds: {
      create: (params, how) => post(REFUNDS, params, how),
      retrieve: async (id, params, how) => get(of(REFUNDS, id), params, how),
      list: (params, how) => list(REFUNDS, params, how),
    },
    events: {
      retrieve: async (id, how) => get(of(EVENTS, id), undefined, how),
      list: (params, how) => list(EVENTS, params, how),
    },
    idempotency: {
      retrieve: async (key, how) => get(of('/v1/farthing/idempotency', key), undefined, how),
    },
  }
}

/** The path of one object. An empty id would be the path of all of them. */
function of(path: string, id: string): string {
  if (typeof id === 'string' && id !== '' && id !== '.' && id !== '..') {
    return `${path}/${encodeURIComponent(id)}`
  }
  throw new FarthingError('bad_option', 'An id is a text that is not empty.')
}

function lineOf(secretKey: string, options: ClientOptions): Line {
  if (typeof secretKey !== 'string' || !/^[sr]k_\w+$/.test(secretKey)) {
    // The sentence never quotes what was given: it may be a key after all.
    throw new FarthingError('bad_option', 'A server needs a secret key: sk_test_… or sk_live_….')
  }
  const { apiBase, timeoutMs = 80_000, retriesMax = 2 } = options
  const url = URL.canParse(apiBase) ? new URL(apiBase) : undefined
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new FarthingError('bad_option', 'apiBase must be an http(s) address.')
  }
  const send = options.fetch ?? ((...request) => fetch(...request))
  patience('timeoutMs', timeoutMs)
  times('retriesMax', retriesMax, { min: 0 })
  return { apiBase: apiBase.replace(/\/+$/, ''), secretKey, fetch: send, timeoutMs, retriesMax }
}
