/** What the journal asks the core: an entry's rules are decided there, and only there. */
import { core, decimal } from './core.js'
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

/**
 * What asking to pay `asked` comes to where `held` is written down: `same`, or `change`.
 * Throws `payment_in_progress` or `already_paid`.
 */
export function demandOf(phase: Phase, held: Money, asked: Money): 'same' | 'change' {
  const [a, b] = [decimal(held.amount), decimal(asked.amount)]
  return core((c) => c.journal_demand(phase, a, held.currency, b, asked.currency)) as
    'same' | 'change'
}

/** The phase and the attempt after news of the current one. */
export function afterNews(
  at: { phase: Phase; attempt: number },
  news: News,
): { phase: Phase; attempt: number } {
  const { phase, attempt } = core((c) => c.journal_after(at.phase, decimal(at.attempt), news))
  return { phase: phase as Phase, attempt: Number(attempt) }
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
  const [since, now] = [decimal(times.sinceMs), decimal(times.nowMs)]
  return core((c) => c.journal_reading(phase, status, since, now)) as News | 'nothing' | 'over'
}

/** Whether the server certainly still remembers the keys of what was written down at `sinceMs`. */
export function isTrusted(times: { sinceMs: number; nowMs: number }): boolean {
  const [since, now] = [decimal(times.sinceMs), decimal(times.nowMs)]
  return core((c) => c.journal_trusts(since, now))
}
