/** Signing as a sender would: for tests of receivers, and for whoever sends. */
import { call } from '../wasm/call.js'
import { type RawPayload, clock, raw } from './check.js'
import { type SchemeName, headerNames, wasm } from './face.js'
import { type Secret, schemed, secretsOf } from './verifier.js'

/** What to sign, and as whom. */
export interface SignOptions {
  scheme: SchemeName
  /** One secret, or several: `stripe` and `standard` send one signature for each, the others the first's. */
  secrets: Secret | readonly Secret[]
  payload: RawPayload
  /** The message's id; `standard` has one. @default "msg_" and the time */
  id?: string
  /** When it is signed, in milliseconds since the Unix epoch. @default Date.now() */
  nowMs?: number
}

/**
 * The headers that a sender of the scheme would put beside the body, by lower-case name.
 *
 * @throws {@link FarthingError} `payload_not_raw`, `no_secret`, `secret_empty`, `secret_not_base64`,
 * `not_an_integer`, `bad_option`.
 */
export function signHeaders(options: SignOptions): Record<string, string> {
  const { scheme, secrets, payload, nowMs = Date.now() } = schemed(options)
  const ms = String(clock(nowMs))
  const { texts } = secretsOf(secrets)
  const values = call(wasm, 'verify_sign', [
    scheme,
    options.id ?? `msg_${ms}`,
    ms,
    raw(payload),
    ...texts,
  ])
  const headers: Record<string, string> = {}
  for (const [index, [name]] of headerNames(scheme).entries()) {
    if (name !== undefined) headers[name] = values[index] ?? ''
  }
  return headers
}
