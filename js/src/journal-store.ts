/**
 * Three places to keep a journal, best first: IndexedDB, localStorage, memory. All of them offer one
 * operation, a read and a write that nobody gets between.
 *
 * A cart must not be found in one place today and be missing in another tomorrow: that would be a
 * second payment. So a cart kept in IndexedDB leaves a mark in localStorage, and where only the mark
 * can be seen the cart is refused: IndexedDB does not answer, or it has lost the record. And what
 * localStorage kept while there was no IndexedDB moves there as soon as there is.
 */
import { FarthingError } from './errors.js'

/** Where a journal is kept, hence what it survives: a crash and other tabs, a reload, or nothing. */
export type Persistence = 'indexeddb' | 'localstorage' | 'memory'

/** Keeps one record per cart. */
export interface RecordStore<T> {
  readonly persistence: Persistence
  /** Replaces the record of a cart by what `change` makes of it; `undefined` removes it. */
  update(cartId: string, change: (before: T | undefined) => T | undefined): Promise<T | undefined>
  /** Removes the record of a cart, and whatever is left of one that was lost. */
  remove(cartId: string): Promise<void>
}

/** How patient to be with a browser that does not answer. */
export interface StoreOptions {
  /** Name of the database. */
  name: string
  /** How long IndexedDB may take to open before the next place is tried. */
  openTimeoutMs: number
}

/** The mark of a record that is certainly in IndexedDB. */
const STORED = 'indexeddb'
/** The mark of a record that is on its way there, or away from there. */
const BEGUN = 'indexeddb?'
/** How a browser is asked whether localStorage takes anything. No cart has such a name: see `prefix`. */
const PROBE = 'farthing-probe'
/** How long two tabs without a lock may take to see each other's write to localStorage. */
const SETTLE_MS = 60
/** How long one write may take before it is called refused; nothing is sent without it. */
const WRITE_WAIT_MS = 10_000
/** How long a lock on localStorage is waited for before it is done without. */
const LOCK_WAIT_MS = 2_000

/** Opens the best store that works here. What exists but is refused (private modes) is passed over. */
export async function openStore<T>(options: StoreOptions): Promise<RecordStore<T>> {
  const { name } = options
  const local = localRecords(name)
  const connection = connectionTo(options)
  if (await connection.isOpen()) return indexedDbStore<T>(connection, local)
  if (local === undefined) return memoryStore<T>(name)
  return local.isWritable() ? localStorageStore<T>(name, local) : fullStore<T>(name, local)
}

/** What is in memory, by the journal's name: a page that loads twice has one journal all the same. */
const MEMORIES = /* @__PURE__ */ new Map<string, Map<string, unknown>>()

/** A store that lives as long as the page. */
function memoryStore<T>(name: string): RecordStore<T> {
  const records = (MEMORIES.get(name) ?? new Map<string, unknown>()) as Map<string, T>
  MEMORIES.set(name, records)
  return {
    persistence: 'memory',
    update: async (cartId, change) => {
      const after = change(records.get(cartId))
      if (after === undefined) records.delete(cartId)
      else records.set(cartId, after)
      return after
    },
    remove: async (cartId) => void records.delete(cartId),
  }
}

/** The part of localStorage that is a journal's. */
interface LocalRecords {
  read(cartId: string): string | undefined
  write(cartId: string, text: string | undefined): void
  isWritable(): boolean
}

function localRecords(name: string): LocalRecords | undefined {
  const prefix = `${name}:`
  try {
    const storage = globalThis.localStorage
    storage.getItem(PROBE) // It may be there, and refuse.
    return {
      read: (cartId) => storage.getItem(prefix + cartId) ?? undefined,
      write: (cartId, text) => {
        if (text === undefined) storage.removeItem(prefix + cartId)
        else storage.setItem(prefix + cartId, text)
      },
      isWritable: () => {
        try {
          storage.setItem(PROBE, '1')
          storage.removeItem(PROBE)
          return true
        } catch {
          return false
        }
      },
    }
  } catch {
    return undefined
  }
}

/** localStorage takes nothing new. What it has is honoured; the rest is kept in memory. */
function fullStore<T>(name: string, local: LocalRecords): RecordStore<T> {
  const [kept, rest] = [localStorageStore<T>(name, local), memoryStore<T>(name)]
  const homeOf = (cartId: string): RecordStore<T> =>
    local.read(cartId) === undefined ? rest : kept
  return {
    persistence: 'memory',
    update: (cartId, change) => homeOf(cartId).update(cartId, change),
    remove: (cartId) => homeOf(cartId).remove(cartId),
  }
}

function localStorageStore<T>(name: string, local: LocalRecords): RecordStore<T> {
  const read = (cartId: string): T | undefined => {
    const text = local.read(cartId)
    if (isMark(text)) throw new Error('The record is in IndexedDB, which does not answer.')
    return text === undefined ? undefined : (parsed(text) as T)
  }
  const swap = (cartId: string, change: (before: T | undefined) => T | undefined): string => {
    const after = change(read(cartId))
    const text = after === undefined ? undefined : JSON.stringify(after)
    local.write(cartId, text)
    return text ?? ''
  }
  const update: RecordStore<T>['update'] = (cartId, change) =>
    locked(`${name}:store:${cartId}`, async (isLocked) => {
      // Nothing keeps two tabs apart here but a lock. Without one the last to write wins, and all
      // look again when every write has been seen, so that all go on with the winner's record.
      for (let written = swap(cartId, change); !isLocked; written = swap(cartId, change)) {
        await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
        if ((local.read(cartId) ?? '') === written) break
      }
      return read(cartId)
    })
  return {
    persistence: 'localstorage',
    update,
    remove: async (cartId) => void (await update(cartId, () => undefined)),
  }
}

async function locked<T>(name: string, work: (isLocked: boolean) => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks
  if (locks === undefined) return work(false)
  let isGranted = false
  try {
    return await locks.request(name, { signal: AbortSignal.timeout(LOCK_WAIT_MS) }, () => {
      isGranted = true
      return work(true)
    })
  } catch (thrown) {
    if (isGranted) throw thrown
    return work(false)
  }
}

const PAYMENTS = 'payments'

function indexedDbStore<T>(
  connection: Connection,
  local: LocalRecords | undefined,
): RecordStore<T> {
  return {
    persistence: 'indexeddb',
    update: (cartId, change) => {
      let isGone = false
      return connection.twice((database) =>
        swapIn<T>(database, {
          cartId,
          change: (found) => {
            const kept = local?.read(cartId)
            if (found === undefined && kept === STORED) throw lost()
            const isMoving = kept !== undefined && !isMark(kept)
            const before = found ?? (isMoving ? (parsed(kept) as T) : undefined)
            const after = change(before)
            // The mark comes first: a mark without a record refuses a payment, a record without a mark
            // might be overlooked. A record in localStorage stays until it has moved.
            isGone = after === undefined && before !== undefined
            if (isGone || (after !== undefined && kept === undefined)) mark(local, cartId, BEGUN)
            return after
          },
          written: (after) => {
            if (after !== undefined) mark(local, cartId, STORED)
            else if (isGone) unmark(local, cartId)
          },
        }),
      )
    },
    remove: async (cartId) => {
      mark(local, cartId, BEGUN)
      await connection.twice((database) =>
        swapIn<T>(database, {
          cartId,
          change: () => undefined,
          written: () => unmark(local, cartId),
        }),
      )
    },
  }
}

/** One read and write of a record. */
interface Swap<T> {
  cartId: string
  /** What it throws is no failure of the browser's. */
  change: (before: T | undefined) => T | undefined
  /** Called when it is on the disk. */
  written: (after: T | undefined) => void
}

function swapIn<T>(
  database: IDBDatabase,
  { cartId, change, written }: Swap<T>,
): Promise<T | undefined> {
  return new Promise<T | undefined>((resolve, reject) => {
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
    const timer = setTimeout(() => reject(new Error('The write was not confirmed.')), WRITE_WAIT_MS)
    access.oncomplete = (): void => {
      clearTimeout(timer)
      written(after)
      resolve(after)
    }
    access.onabort = (): void => {
      clearTimeout(timer)
      reject(refusal ?? access.error ?? new DOMException('The browser broke off.', 'AbortError'))
    }
  })
}

/** A connection that is opened again when the browser has ended it: some do while a page is away. */
interface Connection {
  /** Whether the database answers in time. */
  isOpen(): Promise<boolean>
  /** Does something, and once more on a new connection where the browser, not the work, failed. */
  twice<R>(work: (database: IDBDatabase) => Promise<R>): Promise<R>
}

function connectionTo({ name, openTimeoutMs }: StoreOptions): Connection {
  let opening: Promise<IDBDatabase | undefined> | undefined
  const open = (): Promise<IDBDatabase | undefined> => {
    const mine = (opening ??= openDatabase(name, openTimeoutMs).then((database) => {
      if (database === undefined) opening = undefined
      else database.onclose = (): void => forget(mine)
      return database
    }))
    return mine
  }
  const forget = (old: Promise<IDBDatabase | undefined>): void => {
    if (opening === old) opening = undefined
  }
  const once = async <R>(work: (database: IDBDatabase) => Promise<R>): Promise<R> => {
    const database = await open()
    if (database === undefined) throw new Error('IndexedDB does not answer.')
    return work(database)
  }
  return {
    isOpen: async () => (await open()) !== undefined,
    twice: async (work) => {
      const before = open()
      try {
        return await once(work)
      } catch (thrown) {
        // A write that was broken off was not made. Of one that is late nobody knows.
        if (!(thrown instanceof DOMException)) throw thrown
        forget(before)
        void before.then((database) => database?.close())
        return once(work)
      }
    },
  }
}

function isMark(text: string | undefined): boolean {
  return text === STORED || text === BEGUN
}

function mark(
  local: LocalRecords | undefined,
  cartId: string,
  how: typeof STORED | typeof BEGUN,
): void {
  try {
    local?.write(cartId, how)
  } catch {
    // It is full. Without the mark the record is as safe as IndexedDB is.
  }
}

/** What is gone leaves nothing behind, the record that a full localStorage could not let go included. */
function unmark(local: LocalRecords | undefined, cartId: string): void {
  if (local?.read(cartId) !== STORED) local?.write(cartId, undefined)
}

function lost(): FarthingError {
  return new FarthingError(
    'journal_corrupt',
    'This browser has lost what it noted of the payment, so nothing more was sent for it. Find out from the server how the cart stands, then forget it.',
  )
}

/** A text that is not a record is kept as it is: whoever loads the record says so. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Waits no longer than told: some private modes never answer, nor does one that another tab blocks. */
function openDatabase(name: string, timeoutMs: number): Promise<IDBDatabase | undefined> {
  return new Promise((resolve) => {
    let isLate = false
    const giveUp = (): void => {
      isLate = true
      resolve(undefined)
    }
    const timer = setTimeout(giveUp, timeoutMs)
    const refused = (): void => {
      clearTimeout(timer)
      giveUp()
    }
    try {
      const opening = globalThis.indexedDB.open(name, 1)
      opening.onupgradeneeded = (): void => void opening.result.createObjectStore(PAYMENTS)
      opening.onerror = refused
      opening.onblocked = refused
      opening.onsuccess = (): void => {
        clearTimeout(timer)
        const database = opening.result
        if (isLate) database.close()
        else resolve(database)
      }
    } catch {
      refused()
    }
  })
}
