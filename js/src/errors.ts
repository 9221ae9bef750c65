/**
 * What can go wrong, by stable code. Codes are never renamed or reused. Where a code is also core's,
 * the sentence that comes with it is core's too.
 */
export const FARTHING_ERROR_CODES = [
  // Numbers and amounts.
  'not_an_integer',
  'overflow',
  'amount_negative',
  'amount_overflow',
  'amount_below_zero',
  'amount_unparsable',
  'amount_too_many_decimals',
  'amount_too_small',
  'amount_too_large',
  'amount_not_multiple',
  'currency_mismatch',
  'currency_malformed',
  'currency_unknown',
  'no_weights',
  // Idempotency keys and the journal.
  'wrong_entropy',
  'idempotency_key_empty',
  'idempotency_key_too_long',
  'idempotency_key_not_visible_ascii',
  'payment_in_progress',
  'already_paid',
  'journal_unavailable',
  'journal_corrupt',
  // Webhooks.
  'no_secret',
  'secret_empty',
  'secret_not_base64',
  'tolerance_out_of_range',
  'empty_header',
  'malformed_timestamp',
  'no_timestamp',
  'duplicate_timestamp',
  'no_signature',
  'signature_mismatch',
  'timestamp_too_old',
  'timestamp_too_new',
  'bad_message_id',
  'payload_not_raw',
  'payload_empty',
  'payload_thin',
  'payload_not_json',
  // Cards.
  'incorrect_number',
  'invalid_number',
  'invalid_expiry_month',
  'invalid_expiry_year',
  'invalid_cvc',
  // Checkout.
  'amount_mismatch',
  'create_failed',
  'update_missing',
  'update_failed',
  'frame_missing',
  'frame_unreachable',
  'frame_gone',
  'card_incomplete',
  'card_refused',
  'outcome_unknown',
  'request_refused',
  'network_unreachable',
  'bad_option',
  // Calls from a server: the wire's own words are in the error's `wire`.
  'unauthorized',
  'card_declined',
  'key_reused',
  'rate_limited',
  'service_failed',
  'answer_unreadable',
  'timed_out',
  'aborted',
  // Where the core itself cannot run.
  'wasm_unavailable',
  // Ours: a code of core's that this list does not know.
  'internal',
] as const

/** Every failure this package can raise. */
export type FarthingErrorCode = (typeof FARTHING_ERROR_CODES)[number]

/** The server's own words about a refusal, by the wire's names for them. */
export interface WireFailure {
  /** The HTTP status. */
  readonly status: number
  readonly type: string | undefined
  readonly code: string | undefined
  /** The parameter that was wrong. */
  readonly param: string | undefined
  /** The issuer's reason for a decline. */
  readonly declineCode: string | undefined
  /** The `Request-Id`, for whoever runs the server. */
  readonly requestId: string | undefined
}

/** What an error may carry beside its code. */
export interface FarthingErrorOptions {
  cause?: unknown
  wire?: WireFailure | undefined
  idempotencyKey?: string | undefined
}

/** The one error class of this package: `switch (error.code)` covers everything. */
export class FarthingError extends Error {
  override readonly name = 'FarthingError'
  readonly code: FarthingErrorCode
  /** The server's own words, where it was the server that refused a call of the client's. */
  declare readonly wire?: WireFailure
  /** The key of the client's call: repeating the call under it is safe. */
  declare readonly idempotencyKey?: string

  constructor(code: FarthingErrorCode, message: string, options: FarthingErrorOptions = {}) {
    const { wire, idempotencyKey, ...rest } = options
    super(message, rest)
    this.code = code
    if (wire !== undefined) this.wire = wire
    if (idempotencyKey !== undefined) this.idempotencyKey = idempotencyKey
  }
}
