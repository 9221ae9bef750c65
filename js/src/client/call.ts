/**
 * One logical call: one idempotency key, as many tries as it takes. Which answers are asked again, and
 * when, is core's to say; it says what the official kits do.
 */
import { core, decimal } from '../core.js'
import { FarthingError, type FarthingErrorCode, type WireFailure } from '../errors.js'
import { newKey } from '../key.js'
import { patience, times } from '../options.js'
import { formOf, type Params } from './form.js'
import { readAnswer } from './json.js'

/** How one call is to be made. */
export interface CallOptions {
  /** The key of a POST. @default a new one for every call, kept over its retries */
  idempotencyKey?: string
  /** Ends the call, whatever it is waiting for. Whether the server acted on it is then not known. */
  signal?: AbortSignal
  /** How long to wait for one answer, in milliseconds: 1 to 2147483647. */
  timeoutMs?: number
  /** How often to try again, 0 or more. */
  retriesMax?: number
}

/** How to reach the backend. */
export interface Line {
  apiBase: string
  secretKey: string
  fetch: typeof fetch
  timeoutMs: number
  retriesMax: number
}

/** What to ask. */
export interface Request {
  method: 'GET' | 'POST'
  path: string
  params?: Params | undefined
}

interface Answer {
  status: number
  headers: Headers
  text: string
}

/** Makes a call and answers what the server answered, if that was good. */
export async function callOn(
  line: Line,
  { method, path, params = {} }: Request,
  options: CallOptions,
): Promise<unknown> {
  const { signal, timeoutMs = line.timeoutMs, retriesMax = line.retriesMax } = options
  patience('timeoutMs', timeoutMs)
  times('retriesMax', retriesMax, { min: 0 })
  const key = method === 'POST' ? (options.idempotencyKey ?? newKey()) : undefined
  if (key !== undefined) core((c) => c.key_check(key))
  const form = formOf(params)
  const headers: Record<string, string> = { Authorization: `Bearer ${line.secretKey}` }
  if (key !== undefined) headers['Idempotency-Key'] = key
  if (method === 'POST') headers['Content-Type'] = 'application/x-www-form-urlencoded'
  const url = `${line.apiBase}${path}${method === 'GET' && form !== '' ? `?${form}` : ''}`
  const init = { method, headers, redirect: 'manual' as const, ...(key && { body: form }) }

  let mayHaveActed = false
  for (let tries = 1; ; tries += 1) {
    if (signal?.aborted) throw aborted(signal, key)
    const answer = await once(line, url, { init, timeoutMs, signal })
    if ('text' in answer && answer.status >= 200 && answer.status < 300) {
      return readable(answer.text, key)
    }
    if (signal?.aborted) throw aborted(signal, key)
    const status = 'text' in answer ? decimal(answer.status) : ''
    const advice = 'text' in answer ? (answer.headers.get('Stripe-Should-Retry') ?? '') : ''
    if (tries > retriesMax || !core((c) => c.retry_again(status, advice))) {
      throw failureOf(answer, { key, mayHaveActed })
    }
    mayHaveActed ||= failureOf(answer, { key, mayHaveActed }).code === 'outcome_unknown'
    const entropy = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0
    await pause(
      core((c) => c.retry_delay_ms(decimal(tries), decimal(entropy))),
      signal,
      key,
    )
  }
}

/** What a good answer says. One that cannot be read was still a good answer: the call had its effect. */
function readable(text: string, idempotencyKey: string | undefined): unknown {
  try {
    return readAnswer(text)
  } catch (cause) {
    if (!(cause instanceof FarthingError)) throw cause
    throw new FarthingError(cause.code, cause.message, { cause, idempotencyKey })
  }
}

async function once(
  line: Line,
  url: string,
  {
    init,
    timeoutMs,
    signal,
  }: { init: RequestInit; timeoutMs: number; signal: AbortSignal | undefined },
): Promise<Answer | { cause: unknown }> {
  const late = AbortSignal.timeout(timeoutMs)
  try {
    const ending = signal === undefined ? late : AbortSignal.any([signal, late])
    const response = await line.fetch(url, { ...init, signal: ending })
    return { status: response.status, headers: response.headers, text: await response.text() }
  } catch (cause) {
    return { cause: late.aborted ? late.reason : cause }
  }
}

function failureOf(
  answer: Answer | { cause: unknown },
  { key, mayHaveActed }: { key: string | undefined; mayHaveActed: boolean },
): FarthingError {
  if (!('text' in answer)) return silence(answer.cause, key)
  const refused = refusal(answer, key)
  const { code, message, wire } = refused
  // A proxy, or a limit, refused this try and says nothing of the one before. What the key itself was
  // answered with does.
  const isOfTheKey =
    answer.headers.get('Idempotent-Replayed') === 'true' ||
    code === 'card_declined' ||
    code === 'key_reused'
  if (!mayHaveActed || isOfTheKey) return refused
  return new FarthingError('outcome_unknown', message, { wire, idempotencyKey: key })
}

function refusal({ status, headers, text }: Answer, key: string | undefined): FarthingError {
  const { type, code, param, decline_code: declineCode, message } = errorIn(text)
  const wire: WireFailure = {
    status,
    type: word(type),
    code: word(code),
    param: word(param),
    declineCode: word(declineCode),
    requestId: headers.get('Request-Id') ?? undefined,
  }
  const says = word(message) ?? `The payment service answered ${status}.`
  return new FarthingError(codeOf(wire, key), says, { wire, idempotencyKey: key })
}

function codeOf({ status, type }: WireFailure, key: string | undefined): FarthingErrorCode {
  if (status === 401 || status === 403) return 'unauthorized'
  if (status === 402) return 'card_declined'
  if (status === 429) return 'rate_limited'
  if (status === 400 && type === 'idempotency_error') return 'key_reused'
  if (core((c) => c.answer_to_payment(decimal(status))) !== 'unknown') return 'request_refused'
  return key === undefined ? 'service_failed' : 'outcome_unknown'
}

function silence(cause: unknown, key: string | undefined): FarthingError {
  const isLate = cause instanceof Error && cause.name === 'TimeoutError'
  if (key !== undefined) {
    const says = 'No answer came, so it is not known whether the call had its effect.'
    return new FarthingError('outcome_unknown', says, { cause, idempotencyKey: key })
  }
  return isLate
    ? new FarthingError('timed_out', 'No answer came in time.', { cause })
    : new FarthingError('network_unreachable', 'The payment service did not answer.', { cause })
}

function aborted(signal: AbortSignal, key: string | undefined): FarthingError {
  const says = 'The call was given up.'
  return new FarthingError('aborted', says, { cause: signal.reason, idempotencyKey: key })
}

function pause(
  ms: number,
  signal: AbortSignal | undefined,
  key: string | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      if (signal !== undefined) reject(aborted(signal, key))
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}

function errorIn(text: string): { readonly [field: string]: unknown } {
  try {
    const body = JSON.parse(text) as { error?: { [field: string]: unknown } } | null
    return body?.error ?? {}
  } catch {
    return {} // A proxy's page. The status says enough.
  }
}

function word(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
