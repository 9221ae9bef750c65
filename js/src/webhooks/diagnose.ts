/** Why a webhook does not verify: an artefact of its own, fetched when it is asked. */
import { FarthingError, type FarthingErrorCode } from '../errors.js'
import { type Artefact, artefact } from '../wasm/instance.js'
import { type RawPayload, clock, raw } from './check.js'
import { guarded, headerNames, schemeNames } from './face.js'
import { type HeadersLike, parts } from './headers.js'
import { type VerifierOptions, schemed, secretsOf } from './verifier.js'

/** One probable cause. */
export interface Finding {
  /** Stable, for programs. */
  code: string
  /** What is wrong and what to do about it. Never quotes a secret, a signature or the body. */
  hint: string
}

/** What was refused, and how it was verified. */
export interface DiagnoseOptions extends VerifierOptions {
  payload: RawPayload
  headers: HeadersLike
  /** The receiver's clock, in milliseconds since the Unix epoch. @default Date.now() */
  nowMs?: number
}

let wasm: Artefact | undefined

/**
 * Says what is probably the matter with a webhook that does not verify, likeliest first; nothing if it
 * does. It costs some twenty HMACs: for a developer's console, not for every request.
 *
 * @throws {@link FarthingError} `payload_not_raw`, or for the options as `createVerifier`, except that
 * a blank secret is a finding.
 */
export async function diagnose(options: DiagnoseOptions): Promise<Finding[]> {
  const { scheme, payload, headers, nowMs = Date.now(), toleranceSeconds } = schemed(options)
  const { id, timestamp, signature } = parts(headerNames(scheme), headers)
  const other = schemeNames().find(
    (each) =>
      each !== scheme &&
      typeof headers !== 'string' &&
      parts(headerNames(each), headers).signature !== '',
  )
  const body = raw(payload)
  const { source, fetchTwin, crossed } = await import('./diagnose-face.js')
  wasm ??= artefact('diagnose', source, fetchTwin)
  await wasm.ready()
  const texts = [
    scheme,
    toleranceSeconds === undefined ? '' : String(toleranceSeconds),
    String(clock(nowMs)),
    body,
    id,
    timestamp,
    signature,
    other ?? '',
    ...secretsOf(options.secrets).texts,
  ]
  const [isFault, reply] = guarded((instance) => crossed(instance, 'webhook_diagnose', texts), wasm)
  if (isFault) throw new FarthingError(reply[0] as FarthingErrorCode, reply[1] ?? '')
  const findings = []
  for (let at = 0; at < reply.length; at += 2) {
    findings.push({ code: reply[at] ?? '', hint: reply[at + 1] ?? '' })
  }
  return findings
}
