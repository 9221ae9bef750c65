/** Finding the headers that count among all that came. */
import type { HeaderNames } from './face.js'
import type { Parts } from './fast.js'

/**
 * A request's headers: a `Headers`, a record in any letter case (Node's too), or the value of the
 * signature header where the scheme has no other.
 */
export type HeadersLike =
  | { get(name: string): string | null }
  | { readonly [name: string]: string | readonly string[] | null | undefined }
  | string
  | null
  | undefined

/** The headers of one scheme. What is absent is empty, and refused by the verifier. */
export function parts([id, timestamp, signature]: HeaderNames, headers: HeadersLike): Parts {
  if (typeof headers === 'string') return { id: '', timestamp: '', signature: headers }
  return {
    id: find(id, headers),
    timestamp: find(timestamp, headers),
    signature: find(signature, headers),
  }
}

function find(names: readonly string[], headers: Exclude<HeadersLike, string>): string {
  if (names.length === 0 || headers === null || headers === undefined) return ''
  for (const name of names) {
    const value = read(name, headers)
    if (value !== undefined) return value
  }
  return ''
}

function read(
  name: string,
  headers: Exclude<HeadersLike, string | null | undefined>,
): string | undefined {
  if (typeof headers.get === 'function') return text(headers.get(name))
  const record = headers as Readonly<Record<string, unknown>>
  return text(record[name] ?? record[otherCase(name, record)])
}

/** A value as text; a value of another kind is none. */
function text(found: unknown): string | undefined {
  if (typeof found === 'string') return found
  if (!Array.isArray(found)) return undefined
  // Where a header came more than once, all of it is read: two timestamps are refused.
  return found.filter((each) => typeof each === 'string').join(',')
}

function otherCase(name: string, record: object): string {
  return Object.keys(record).find((key) => key.toLowerCase() === name) ?? name
}
