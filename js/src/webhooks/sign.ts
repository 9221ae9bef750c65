/** Signing as a sender would: for tests of receivers, and for whoever sends. */
import { type RawPayload, clock, raw } from './check.js'
import {
  type SchemeName,
  crossing,
  headerNames,
  inPlace,
  joined,
  lines,
  prepare,
  utf8,
} from './face.js'
import { type Secret, schemed, secretsOf } from './verifier.js'

/** More than one signature takes, or the time before all of them. */
const SIGNATURE_BYTES = 80

/** What the time takes, which is written first. */
const NUMBER_BYTES = 8

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
  const id = options.id ?? `msg_${at}`
  const names = headerNames(scheme)
  const { packed, keys } = prepare({ scheme, policy: 'compat', secrets: secretsOf(secrets).texts })
  const body = raw(payload)
  const bytes = typeof body === 'string' ? utf8(body) : body
  const idBytes = utf8(id)
  const given = joined([crossing(at), packed, idBytes, bytes], SIGNATURE_BYTES * (keys.length + 1))
  const lengths = [packed.length, idBytes.length, bytes.length]
  const signed = inPlace('verify_sign', given, ...lengths)
  const values = [
    id,
    ...lines(
      signed,
      lengths.reduce((sum, length) => sum + length, NUMBER_BYTES),
    ),
  ]
  const headers: Record<string, string> = {}
  for (const [index, [name]] of names.entries()) {
    if (name !== undefined) headers[name] = values[index] ?? ''
  }
  return headers
}
