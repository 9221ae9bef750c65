/** What the journal asks the core: an entry's rules are decided there, and only there. */
import { FarthingError } from './errors.js'
import type { Money } from './money.js'

/**
 * How far the current attempt is.
 * - `ready`: nothing was sent under its key.
 * - `sent`: a confirmation may have left, and no answer is known.
 * - `waiting`: accepted; the buyer or the network has something left to do.
 * - `done`: paid.
 */
export type Phase = 'ready' | 'sent' | 'waiting' | 'done'

/** What became known of an attempt. */
export type News = 'declined' | 'refused' | 'abandoned' | 'lapsed' | 'waiting' | 'paid'

const TRUSTED_MS = 23 * 60 * 60 * 1_000

/**
 * What asking to pay `asked` comes to where `held` is written down: `same`, or `change`.
 * Throws `payment_in_progress` or `already_paid`.
 */
export function demandOf(phase: Phase, held: Money, asked: Money): 'same' | 'change' {
  if (held.amount === asked.amount && held.currency === asked.currency.toLowerCase()) return 'same'
  if (phase === 'ready') return 'change'
  throw phase === 'done'
    ? new FarthingError('already_paid', 'This cart is already paid, with another amount.')
    : new FarthingError('payment_in_progress', 'A payment of another amount is under way.')
}

/** The phase and the attempt after news of the current one. */
export function afterNews(
  at: { phase: Phase; attempt: number },
  news: News,
): { phase: Phase; attempt: number } {
  const { phase, attempt } = at
  if (phase === 'done' || news === 'paid') return { phase: 'done', attempt }
  if (news === 'waiting') return { phase: 'waiting', attempt }
  if (phase === 'ready') return at
  if (news === 'refused') return { phase: phase === 'sent' ? 'ready' : phase, attempt }
  return { phase: 'ready', attempt: attempt + 1 }
}

/**
 * What an intent's status means for an entry whose attempt was written down at `sinceMs`: news, or
 * `nothing`, or `over`.
 */
export function readingOf(
  phase: Phase,
  status: string,
  times: { sinceMs: number; nowMs: number },
): News | 'nothing' | 'over' {
  if (status === 'succeeded' || status === 'requires_capture') return 'paid'
  if (phase === 'done') return 'nothing'
  if (status === 'canceled') return 'over'
  if (status === 'requires_action') return phase === 'ready' ? 'nothing' : 'waiting'
  if (!status.startsWith('requires_')) return 'waiting'
  if (phase === 'waiting') return 'declined'
  return phase === 'sent' && !isTrusted(times) ? 'lapsed' : 'nothing'
}

/** Whether the server certainly still remembers the keys of what was written down at `sinceMs`. */
export function isTrusted({ sinceMs, nowMs }: { sinceMs: number; nowMs: number }): boolean {
  return nowMs >= sinceMs && nowMs - sinceMs < TRUSTED_MS
}
