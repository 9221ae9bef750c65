/** What the wire calls things. Names are the wire's own; amounts are in minor units. */
import type { Params } from './form.js'

/** What every object has. Fields that are not listed are there too, by their wire names. */
export interface WireObject {
  readonly id: string
  readonly object: string
  /** In seconds since the Unix epoch. */
  readonly created: number
  readonly livemode: boolean
  readonly [field: string]: unknown
}

/** How far a payment intent is. */
export type IntentStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'processing'
  | 'requires_capture'
  | 'succeeded'
  | 'canceled'

/** What the merchant asked to be paid. */
export interface PaymentIntent extends WireObject {
  readonly object: 'payment_intent'
  readonly amount: bigint
  readonly amount_capturable: bigint
  readonly amount_received: bigint
  readonly capture_method: string
  readonly client_secret: string
  readonly currency: string
  readonly description: string | null
  readonly last_payment_error: Readonly<Record<string, unknown>> | null
  readonly latest_charge: string | Readonly<Record<string, unknown>> | null
  readonly metadata: Readonly<Record<string, string>>
  readonly next_action: Readonly<Record<string, unknown>> | null
  readonly payment_method: string | Readonly<Record<string, unknown>> | null
  readonly status: IntentStatus
}

/** Money given back. */
export interface Refund extends WireObject {
  readonly object: 'refund'
  readonly amount: bigint
  readonly charge: string | Readonly<Record<string, unknown>> | null
  readonly currency: string
  readonly metadata: Readonly<Record<string, string>>
  readonly payment_intent: string | Readonly<Record<string, unknown>> | null
  readonly reason: string | null
  readonly status: string
}

/** What happened, as it was then. */
export interface Event extends WireObject {
  readonly object: 'event'
  readonly type: string
  readonly api_version: string | null
  readonly data: {
    readonly object: Readonly<Record<string, unknown>>
    readonly previous_attributes?: Readonly<Record<string, unknown>>
  }
  readonly request: { readonly id: string | null; readonly idempotency_key: string | null } | null
}

/** What is known of an idempotency key: what the request did, if it came. */
export interface IdempotencyRecord {
  readonly object: 'farthing.idempotency_record'
  readonly key: string
  /** `unknown`: no such request came. `in_progress`: its outcome is not known yet. */
  readonly status: 'unknown' | 'in_progress' | 'finished'
  /** When the request came, in seconds since the Unix epoch. */
  readonly created: number | null
  /** What it made or changed. */
  readonly object_id: string | null
  /** The request that came first under the key. */
  readonly request: { readonly id: string; readonly method: string; readonly path: string } | null
  /** Its kept answer, once there is one; never shown to a restricted key. */
  readonly response_body: Readonly<Record<string, unknown>> | null
  /** The HTTP status of its answer, once there is one. */
  readonly response_status: number | null
  readonly [field: string]: unknown
}

/** What an intent is made of. */
export interface IntentCreate extends Params {
  readonly amount: bigint
  readonly currency: string
}

/** What of an intent can be changed. */
export interface IntentUpdate extends Params {
  readonly amount?: bigint
  readonly currency?: string
}

/** What is captured of a hold; all of it, unless said otherwise. */
export interface IntentCapture extends Params {
  readonly amount_to_capture?: bigint
}

/** What is given back; all that is left, unless said otherwise. */
export interface RefundCreate extends Params {
  readonly amount?: bigint
  readonly charge?: string
  readonly payment_intent?: string
  readonly reason?: string
}

/** Which part of a list. */
export interface ListParams extends Params {
  /** 1 to 100. @default 10 */
  readonly limit?: number
  readonly starting_after?: string
  readonly ending_before?: string
}
