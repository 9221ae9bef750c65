/** Webhooks: verifying them, signing them, and saying why one does not verify. */
import { wasm } from './face.js'

export { FarthingError, type FarthingErrorCode } from '../errors.js'
export type { RawPayload } from './check.js'
export { type DiagnoseOptions, type Finding, diagnose } from './diagnose.js'
export type { Verified, WebhookEvent } from './event.js'
export type { SchemeName } from './face.js'
export type { HeadersLike } from './headers.js'
export { type SignOptions, signHeaders } from './sign.js'
export {
  type StripeHeader,
  type StripeSignature,
  StripeSignatureVerificationError,
  type StripeWebhooks,
  type TestHeaderOptions,
  type VerifyArguments,
  webhooks,
} from './stripe.js'
export {
  type At,
  type Secret,
  type Verifier,
  type VerifierOptions,
  type Webhook,
  createVerifier,
} from './verifier.js'

/**
 * Resolves when webhooks can be verified synchronously. Only needed where WebAssembly may be refused: it
 * fetches the JavaScript twin there.
 */
export function ready(): Promise<void> {
  return wasm.ready()
}
