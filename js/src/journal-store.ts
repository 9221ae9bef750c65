/**
 * Three places to keep a journal, best first: IndexedDB, localStorage, memory. All of them offer one
 * operation, a read and a write that nobody gets between.
 */

/** Where a journal is kept, hence what it survives: a crash and other tabs, a reload, or nothing. */
export type Persistence = 'indexeddb' | 'localstorage' | 'memory'

/** Keeps one record per cart. */
export interface RecordStore<T> {
  readonly persistence: Persistence
  /** Replaces the record of a cart by what `change` makes of it; `undefined` removes it. */
  update(cartId: string, change: (before: T | undefined) => T | undefined): Promise<T | undefined>
}

/** Opens the best store that works here. What exists but is refused (private modes) is passed over. */
export async function openStore<T>(name: string): Promise<RecordStore<T>> {
  return (await indexedDbStore<T>(name)) ?? localStorageStore<T>(name) ?? memoryStore<T>()
}

/** A store that lives as long as the process: for servers and tests. */
export function memoryStore<T>(): RecordStore<T> {
  const records = new Map<string, T>()
  return {
    persistence: 'memory',
    update: async (cartId, change) => {
      const after = change(records.get(cartId))
      if (after === undefined) records.delete(cartId)
      else records.set(cartId, after)
      return after
    },
  }
}

function localStorageStore<T>(name: string): RecordStore<T> | undefined {
  const prefix = `${name}:`
  let storage: Storage
  try {
    storage = globalThis.localStorage
    storage.setItem(`${prefix}probe`, '1')
    storage.removeItem(`${prefix}probe`)
  } catch {
    return undefined
  }
  return {
    persistence: 'localstorage',
    update: async (cartId, change) => {
      const text = storage.getItem(prefix + cartId)
      const after = change(text === null ? undefined : (JSON.parse(text) as T))
      if (after === undefined) storage.removeItem(prefix + cartId)
      else storage.setItem(prefix + cartId, JSON.stringify(after))
      return after
    },
  }
}

const PAYMENTS = 'payments'

async function indexedDbStore<T>(name: string): Promise<RecordStore<T> | undefined> {
  const database = await openDatabase(name)
  if (database === undefined) return undefined
  return {
    persistence: 'indexeddb',
    update: (cartId, change) =>
      new Promise<T | undefined>((resolve, reject) => {
        // Strict: a key must be on the disk before the request that carries it leaves.
        const access = database.transaction(PAYMENTS, 'readwrite', { durability: 'strict' })
        const records = access.objectStore(PAYMENTS)
        let after: T | undefined
        let refusal: unknown
        const found = records.get(cartId) as IDBRequest<T | undefined>
        found.onsuccess = (): void => {
          try {
            after = change(found.result)
          } catch (thrown) {
            refusal = thrown
            access.abort()
            return
          }
          if (after === undefined) records.delete(cartId)
          else records.put(after, cartId)
        }
        access.oncomplete = (): void => resolve(after)
        access.onabort = (): void => reject(refusal ?? access.error)
      }),
  }
}

function openDatabase(name: string): Promise<IDBDatabase | undefined> {
  return new Promise((resolve) => {
    try {
      const opening = globalThis.indexedDB.open(name, 1)
      opening.onupgradeneeded = (): void => void opening.result.createObjectStore(PAYMENTS)
      opening.onsuccess = (): void => resolve(opening.result)
      opening.onerror = (): void => resolve(undefined)
      opening.onblocked = (): void => resolve(undefined)
    } catch {
      resolve(undefined)
    }
  })
}
