/**
 * Answers, with every amount a `bigint` and none of them rounded: a number past 2^53 is read from its
 * digits, before JSON makes a double of it.
 */
import { FarthingError } from '../errors.js'

const LONG = /[[:,\s]-?\d{16,}/
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g
const LONG_WHOLE = /^-?[1-9]\d{15,}$/
const IS_AMOUNT = /(?:^|_)amount(?:_|$)/

/** Reads an answer's text. Throws `answer_unreadable`, or `overflow` for a number it cannot keep. */
export function readAnswer(text: string): unknown {
  // A text of this call's own, so that nothing in the answer can be taken for it.
  const mark = LONG.test(text) ? `${crypto.randomUUID()}:` : undefined
  const exact =
    mark === undefined
      ? text
      : text.replace(STRING_OR_NUMBER, (found) =>
          LONG_WHOLE.test(found) ? `"${mark}${found}"` : found,
        )
  try {
    return JSON.parse(exact, (name, value: unknown) => revived(name, value, mark))
  } catch (cause) {
    if (cause instanceof FarthingError) throw cause
    throw new FarthingError('answer_unreadable', 'The answer is not JSON.', { cause })
  }
}

function revived(name: string, value: unknown, mark: string | undefined): unknown {
  if (typeof value === 'string' && mark !== undefined && value.startsWith(mark)) {
    return whole(name, BigInt(value.slice(mark.length)))
  }
  if (typeof value !== 'number') return value
  if (IS_AMOUNT.test(name) && Number.isInteger(value)) return whole(name, BigInt(value))
  // Whatever was not read from its digits and is this large has been rounded.
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw tooLarge(name)
  return value
}

function whole(name: string, value: bigint): bigint | number {
  if (IS_AMOUNT.test(name)) return value
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw tooLarge(name)
  return number
}

function tooLarge(name: string): FarthingError {
  return new FarthingError('overflow', `The answer's ${name} is past what a number holds.`)
}
