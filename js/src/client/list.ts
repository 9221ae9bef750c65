/** Lists, a page at a time or all of it. */
import { FarthingError } from '../errors.js'
import type { Params } from './form.js'

/**
 * One page of a list. Iterating walks this page and every one after it, asking for each when it is
 * reached: `for await (const intent of await client.paymentIntents.list()) …`.
 */
export interface Page<T> extends AsyncIterable<T> {
  readonly data: readonly T[]
  /** Whether there is a page after this one. */
  readonly hasMore: boolean
  /** The page after this one; `undefined` after the last. */
  next(): Promise<Page<T> | undefined>
}

/** Asks for a page. `ask` is called again, with the cursor moved, for the pages after it. */
export async function pageOf<T extends { readonly id: string }>(
  params: Params,
  ask: (params: Params) => Promise<unknown>,
): Promise<Page<T>> {
  const answer = (await ask(params)) as { data?: readonly T[]; has_more?: boolean } | null
  const { data, has_more: hasMore = false } = answer ?? {}
  if (!Array.isArray(data)) throw new FarthingError('answer_unreadable', 'The answer is no list.')
  // Backwards, a page comes in the list's own order, and the one before it ends at its first.
  const isBackwards = params['ending_before'] !== undefined
  const edge = (isBackwards ? data[0] : data.at(-1)) as T | undefined
  const next = async (): Promise<Page<T> | undefined> => {
    if (!hasMore || edge === undefined) return undefined
    const cursor = isBackwards ? { ending_before: edge.id } : { starting_after: edge.id }
    return pageOf<T>({ ...params, ...cursor }, ask)
  }
  const page: Page<T> = {
    data,
    hasMore,
    next,
    async *[Symbol.asyncIterator]() {
      for (let at: Page<T> | undefined = page; at !== undefined; at = await at.next()) {
        yield* isBackwards ? [...at.data].reverse() : at.data
      }
    },
  }
  return page
}
