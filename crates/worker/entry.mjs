// What the runtime calls: the module that worker-build makes, with one thing added to its recovery
// from a panic.
//
// A trap ends the instance of the wasm, and the next call makes a new one. But whatever was waiting
// in the old one is never heard of again: the request that panicked, and every other one that this
// isolate had in flight, would hang for as long as its sender has patience. Here they are told.

import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers'
import Worker, { Inbox as Shard, Limiter as Limit } from './glue.js'

/** How often a call looks whether its instance is still there. */
const LOOK_MS = 200

let ended = 0
addEventListener('error', ({ error }) => {
  if (error instanceof WebAssembly.RuntimeError) ended += 1
})

/** Calls into the instance, and fails when it ends. */
async function answered(call) {
  const instance = ended
  let timer
  const lost = new Promise((_, reject) => {
    // Looked at by each call itself: a promise of one request cannot be settled by another one.
    timer = setInterval(() => {
      if (ended !== instance) reject(new Error('The instance ended; ask again.'))
    }, LOOK_MS)
  })
  try {
    return await Promise.race([call(), lost])
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) ended += 1 // Caught here, it is no event.
    throw error
  } finally {
    clearInterval(timer)
  }
}

/** One shard of a source. */
export class Inbox extends DurableObject {
  #shard

  constructor(state, env) {
    super(state, env)
    this.#shard = new Shard(state, env)
  }

  fetch(request) {
    return answered(() => this.#shard.fetch(request))
  }

  alarm(about) {
    return answered(() => this.#shard.alarm(about))
  }
}

/** Remembers who has asked the checkout for something lately. */
export class Limiter extends DurableObject {
  #limit

  constructor(state, env) {
    super(state, env)
    this.#limit = new Limit(state, env)
  }

  fetch(request) {
    return answered(() => this.#limit.fetch(request))
  }
}

/** The headers with which a page of another origin may read the answer: only of one that is listed. */
function readable(request, { ORIGINS = '' }) {
  const origin = request.headers.get('origin')
  const listed = origin && new URL(request.url).pathname.startsWith('/checkout/') && ORIGINS.split(/[\s,]+/).includes(origin)
  return listed ? { 'access-control-allow-origin': origin, 'access-control-expose-headers': 'retry-after', vary: 'origin' } : {}
}

/** The Worker. */
export default class extends WorkerEntrypoint {
  async fetch(request) {
    try {
      return await answered(() => new Worker(this.ctx, this.env).fetch(request))
    } catch {
      // Nobody knows how far it came; a sender that comes again is recognised.
      const message = 'The Worker had to start anew; send it again.'
      const error = { type: 'api_error', code: 'storage_unavailable', message }
      const headers = { 'cache-control': 'no-store', 'retry-after': '2', ...readable(request, this.env) }
      return Response.json({ error }, { status: 503, headers })
    }
  }

  scheduled(event) {
    return answered(() => new Worker(this.ctx, this.env).scheduled(event))
  }
}
