// A browser's two places to keep things, small enough to be read: with a quota, and with connections
// that can be lost.

/** localStorage; `isFull` refuses whatever is new. */
export function fakeLocalStorage() {
  const kept = new Map()
  const storage = {
    kept,
    isFull: false,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => {
      if (storage.isFull && !kept.has(key)) throw new DOMException('Full.', 'QuotaExceededError')
      kept.set(key, String(value))
    },
    removeItem: (key) => kept.delete(key),
  }
  return storage
}

/** IndexedDB with one object store. */
export function fakeIndexedDb() {
  const records = new Map()
  const open = new Set()
  const later = (act) => setTimeout(act, 0)
  const factory = {
    records,
    opened: 0,
    /** Does to the next transactions, in order: `abort`, or nothing. */
    script: [],
    /** Whether opening works. */
    isSilent: false,
    /** Ends every connection, as a browser does whose page was away; `told` fires `close`. */
    lose({ told }) {
      for (const database of open) {
        database.isLost = true
        if (told) database.onclose?.()
      }
      open.clear()
    },
    open() {
      const request = {}
      if (factory.isSilent) return request
      factory.opened += 1
      later(() => {
        request.result = connection()
        request.onsuccess()
      })
      return request
    },
  }
  let queue = Promise.resolve()

  function connection() {
    const database = {
      isLost: false,
      close: () => (database.isLost = true),
      transaction: () => {
        if (database.isLost) throw new DOMException('Closing.', 'InvalidStateError')
        return access()
      },
    }
    open.add(database)
    return database
  }

  function access() {
    const fault = factory.script.shift()
    const writes = []
    let isAborted = false
    const given = {
      error: null,
      abort: () => (isAborted = true),
      objectStore: () => ({
        get: (key) => {
          const request = {}
          queue = queue.then(() => settle(request, key))
          return request
        },
        put: (value, key) => writes.push(() => records.set(key, structuredClone(value))),
        delete: (key) => writes.push(() => records.delete(key)),
      }),
    }
    const settle = (request, key) =>
      new Promise((done) => {
        later(() => {
          request.result = structuredClone(records.get(key))
          request.onsuccess()
          if (fault === 'abort') {
            isAborted = true
            given.error = new DOMException('Lost.', 'UnknownError')
          }
          if (!isAborted) for (const write of writes) write()
          done()
          // The one who asked hears of it later than the next one may begin.
          later(() => (isAborted ? given.onabort() : given.oncomplete()))
        })
      })
    return given
  }

  return factory
}
