/**
 * The backend as a page with a publishable key sees it. Answers are sorted into what is known and
 * what is not; nothing is retried here.
 */
import { core, decimal } from './core.js'

/** Where the backend is and how to reach it. */
export interface Backend {
  /** Without a slash at the end. */
  apiBase: string
  publishableKey: string
  fetch: typeof fetch
  requestTimeoutMs: number
}

/** A call to the backend. */
export interface Call {
  method: 'GET' | 'POST'
  path: string
  params: Record<string, string>
  idempotencyKey?: string
}

/**
 * What came back. `unknown` covers no answer, and answers that do not say what became of the call:
 * it may or may not have had its effect. `isWorthResending` is core's advice, not a promise.
 */
export type Answer =
  | { kind: 'accepted' | 'declined' | 'refused'; body: Json }
  | { kind: 'unknown'; isWorthResending: boolean; cause?: unknown }

export type Json = { readonly [name: string]: unknown }

/** Makes one call. Never throws. */
export async function ask(backend: Backend, call: Call): Promise<Answer> {
  const params = new URLSearchParams(call.params).toString()
  const url = `${backend.apiBase}${call.path}${call.method === 'GET' && params ? `?${params}` : ''}`
  const headers: Record<string, string> = { Authorization: `Bearer ${backend.publishableKey}` }
  if (call.idempotencyKey !== undefined) headers['Idempotency-Key'] = call.idempotencyKey
  if (call.method === 'POST') headers['Content-Type'] = 'application/x-www-form-urlencoded'
  try {
    const response = await backend.fetch(url, {
      method: call.method,
      headers,
      ...(call.method === 'POST' ? { body: params } : {}),
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(backend.requestTimeoutMs),
    })
    const status = decimal(response.status)
    const kind = core((c) => c.answer_to_payment(status)) as Answer['kind']
    if (kind === 'unknown') {
      const advice = response.headers.get('Stripe-Should-Retry') ?? ''
      return { kind, isWorthResending: core((c) => c.retry_again(status, advice)) }
    }
    const body: unknown = await response.json()
    if (isObject(body)) return { kind, body }
    // A refusal is one by its status. What was accepted is known by its body alone.
    if (kind !== 'accepted') return { kind, body: {} }
    return { kind: 'unknown', isWorthResending: core((c) => c.retry_again('', '')) }
  } catch (cause) {
    // No connection, a cut one, a time-out, or half a body: what the server did is not known.
    return { kind: 'unknown', isWorthResending: core((c) => c.retry_again('', '')), cause }
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A field that is an object, or an empty one. */
export function fieldObject(from: Json, name: string): Json {
  const value = from[name]
  return isObject(value) ? value : {}
}

/** A field that is text, or undefined. */
export function fieldText(from: Json, name: string): string | undefined {
  const value = from[name]
  return typeof value === 'string' ? value : undefined
}
