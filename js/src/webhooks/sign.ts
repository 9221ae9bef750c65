/** Signing as a sender would: for tests of receivers, and for whoever sends. */
import { type RawPayload, clock, raw } from './check.js'
import { type SchemeName, headerNames, prepare } from './face.js'
import { sign } from './fast.js'
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
  const at = clock(nowMs)
  const id = String(options.id ?? `msg_${at}`)
  const timestamp = String(Math.floor(at / 1000))
  const names = headerNames(scheme)
  const prepared = prepare({ scheme, policy: 'compat', secrets: secretsOf(secrets).texts })
  const values = [id, timestamp, sign(prepared, { id, timestamp }, raw(payload))]
  const headers: Record<string, string> = {}
  for (const [index, [name]] of names.entries()) {
    if (name !== undefined) headers[name] = values[index] ?? ''
  }
  return headers
}
