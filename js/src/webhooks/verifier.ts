/** Verifying webhooks: the signature over the raw bytes first, the event afterwards. */
import { FarthingError } from '../errors.js'
import { type RawPayload, check, checkAsync, clock, raw } from './check.js'
import { type Verified, VerifiedWebhook } from './event.js'
import { type SchemeName, headerNames, prepare } from './face.js'
import type { Match, Now, Parts } from './fast.js'
import { type HeadersLike, parts } from './headers.js'
import { kept } from './kept.js'

/** A signing secret, with a name by which the result can tell which it was. */
export type Secret = string | { readonly label: string; readonly secret: string }

/** Whose signatures to verify, by which secrets, and how far the clocks may be apart. */
export interface VerifierOptions<S extends SchemeName = SchemeName> {
  /**
   * Who signs.
   *
   * - `stripe`: time and body are signed. A replay within the window is accepted: remember the event's id.
   * - `standard`: Standard Webhooks v1; id, time and body are signed. Remember `id`.
   * - `github`: only the body is signed. A recorded webhook can be replayed for ever, and under another
   *   `X-GitHub-Event` or `X-GitHub-Delivery`.
   * - `shopify`: only the body is signed. A recorded webhook can be replayed for ever, and under another
   *   topic or shop.
   * - `slack`: time and body are signed, no id. A replay within the window is accepted.
   */
  scheme: S
  /** One secret, or several while one is being replaced. A blank one is refused, also beside others. */
  secrets: Secret | readonly Secret[]
  /**
   * Clock difference to accept, in seconds, either way: 1 to 86,400. There is no way to switch the check
   * off. Not for `github` and `shopify`, which sign no time.
   *
   * @default 300
   */
  toleranceSeconds?: number
}

/** The receiver's clock. */
export interface At {
  /** Milliseconds since the Unix epoch. @default Date.now() */
  nowMs?: number
}

/** A webhook as it arrived. */
export interface Webhook {
  payload: RawPayload
  headers: HeadersLike
}

/** Verifies webhooks of one scheme. Strict, always: see {@link createVerifier}. */
export interface Verifier<S extends SchemeName = SchemeName> {
  /**
   * Verifies a webhook, synchronously in every runtime. Bytes are copied: the buffer may be used again.
   *
   * @throws {@link FarthingError} with the reason. It never returns a failure.
   */
  verify(payload: RawPayload, headers: HeadersLike, at?: At): Verified<S>
  /** The same; large bodies by the platform's own cryptography where there is only an asynchronous one. */
  verifyAsync(payload: RawPayload, headers: HeadersLike, at?: At): Promise<Verified<S>>
  /**
   * Verifies many. Each has an outcome of its own, in the order given.
   *
   * @throws {@link FarthingError} `bad_option` if there is no list, `not_an_integer` for the clock.
   */
  verifyBatch(webhooks: readonly Webhook[], at?: At): PromiseSettledResult<Verified<S>>[]
}

/**
 * Makes a verifier. The secrets are absorbed once, here.
 *
 * Strict: raw bytes only, exactly one timestamp of digits only, both sides of the window, every
 * signature compared in constant time.
 *
 * @throws {@link FarthingError} `no_secret`, `secret_empty`, `secret_not_base64`,
 * `tolerance_out_of_range`, `not_an_integer`, `bad_option`; `wasm_unavailable` where WebAssembly is
 * refused and `ready()` was not awaited.
 * @example
 * const verifier = createVerifier({ scheme: 'stripe', secrets: process.env.WEBHOOK_SECRET })
 * const { event } = verifier.verify(rawBody, request.headers)
 */
export function createVerifier<S extends SchemeName>(options: VerifierOptions<S>): Verifier<S> {
  const { scheme, toleranceSeconds, secrets } = schemed(options)
  const { labels, texts } = secretsOf(secrets)
  const names = headerNames(scheme)
  const prepared = prepare({ scheme, policy: 'strict', toleranceSeconds, secrets: texts })
  const now = (at: At | undefined): Now => ({
    nowMs: at?.nowMs === undefined ? Date.now() : clock(at.nowMs),
    toleranceSeconds: 0,
  })
  const result = (match: Match, { id }: Parts, payload: RawPayload): Verified<S> => {
    const label = labels[match.secretIndex] ?? ''
    return new VerifiedWebhook(label, match.timestampMs, id, payload) as object as Verified<S>
  }
  const verify: Verifier<S>['verify'] = (payload, headers, at) => {
    const found = parts(names, headers)
    const body = kept(raw(payload))
    return result(check(prepared, found, body, now(at)), found, body)
  }
  return {
    verify,
    verifyAsync: async (payload, headers, at) => {
      const found = parts(names, headers)
      const body = kept(raw(payload))
      const match = checkAsync(prepared, found, body, now(at))
      // Awaiting what is there already costs as much as the signature of a small body.
      return result(match instanceof Promise ? await match : match, found, body)
    },
    verifyBatch: (webhooks, at) => {
      if (!Array.isArray(webhooks)) {
        throw new FarthingError('bad_option', 'A batch is a list of webhooks.')
      }
      const same = { nowMs: now(at).nowMs }
      return (webhooks as readonly (Webhook | null | undefined)[]).map((each) => {
        try {
          const value = verify(raw(each?.payload), each?.headers, same)
          return { status: 'fulfilled', value }
        } catch (reason) {
          return { status: 'rejected', reason }
        }
      })
    },
  }
}

/** Refuses options without a scheme, which is how callers without types forget them. */
export function schemed<T extends { scheme: SchemeName }>(options: T): T {
  if (typeof (options as T | null | undefined)?.scheme === 'string') return options
  throw new FarthingError('bad_option', 'Say who signs: the options have no scheme.')
}

/** Labels and texts, in order. */
export function secretsOf(secrets: Secret | readonly Secret[]): {
  labels: string[]
  texts: string[]
} {
  const list = Array.isArray(secrets) ? (secrets as readonly Secret[]) : [secrets as Secret]
  const texts = list.map((each) => (typeof each === 'object' ? each?.secret : each))
  if (!texts.every((text): text is string => typeof text === 'string')) {
    throw new FarthingError(
      'no_secret',
      'A webhook secret must be text; an unset variable is none.',
    )
  }
  return {
    labels: list.map((each, index) => (typeof each === 'string' ? String(index) : each.label)),
    texts,
  }
}
