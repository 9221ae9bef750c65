/** Calling a function that takes texts and answers texts. */
import { FarthingError, type FarthingErrorCode } from '../errors.js'
import { crossed } from './crossing.js'
import type { Artefact } from './instance.js'

/** Calls a function of an artefact. Throws core's fault as a {@link FarthingError}. */
export function call(
  artefact: Artefact,
  name: string,
  args: readonly (string | Uint8Array)[],
): string[] {
  for (const arg of args) {
    if (typeof arg === 'string' || arg instanceof Uint8Array) continue
    throw new FarthingError('bad_option', `${name} takes texts, and was given ${typeof arg}.`)
  }
  const instance = artefact.exports()
  let reply: string[]
  let isFault: boolean
  try {
    ;[isFault, reply] = crossed(instance, name, args)
  } catch (cause) {
    artefact.discard()
    throw new FarthingError('internal', 'The core failed. This is a bug of Farthing.', { cause })
  }
  if (!isFault) return reply
  const [code = '', message = ''] = reply
  // That core has no code which the union lacks is for the tests to say, not for every page to carry.
  throw new FarthingError(code as FarthingErrorCode, message)
}
