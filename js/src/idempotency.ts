/** Keys that make one payment out of any number of clicks, retries and reloads. */
import { core } from './core.js'

export {
  confirmKey,
  openJournal,
  updateKey,
  type Begin,
  type Journal,
  type JournalEntry,
  type JournalOptions,
  type News,
  type Outcome,
  type Paid,
  type Persistence,
  type Phase,
  type Sending,
} from './journal.js'
export { newKey } from './key.js'

/** Throws `idempotency_key_…` unless `text` can be an idempotency key: 1 to 255 visible ASCII characters. */
export function checkKey(text: string): void {
  core((c) => c.key_check(text))
}
export { FarthingError, type FarthingErrorCode } from './errors.js'
export { ready } from './ready.js'
