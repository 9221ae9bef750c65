// What several test files need: a loopback server to stand for somebody else, signed events, waiting.

import { createServer } from 'node:http'

import Stripe from 'stripe'

export const STATUS_TOKEN = 'status-token-for-tests'
export const STRIPE_SECRET = 'whsec_test_4Zk0nZQ3vX7pYhT2cR9sLw8B'
const stripe = new Stripe('sk_test_unused')

/** A loopback HTTP server. `answer(request, body)` gives `{ status, headers, body }` or a promise of it. */
export async function serve(answer) {
  const seen = []
  const server = createServer((request, response) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', async () => {
      const body = Buffer.concat(chunks)
      const one = { method: request.method, path: request.url, headers: request.headers, body }
      seen.push(one)
      const { status = 200, headers = {}, body: text = '' } = (await answer(one, seen.length)) ?? {}
      if (status === 0) return request.socket.destroy() // No answer at all.
      response.writeHead(status, headers).end(text)
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    seen,
    stop: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Signs what the Worker hands on in these tests. */
export const FORWARD_SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'

/** An event as Stripe sends it; with `sequence` and `previous_sequence`, as Farthing does. */
export function event(id, { type = 'payment_intent.succeeded', object = `pi_${id}`, amount = 1250, ...more } = {}) {
  const body = {
    id,
    object: 'event',
    type,
    created: 1_795_000_000,
    ...more,
    data: { object: { id: object, object: 'payment_intent', amount, currency: 'usd' } },
  }
  return JSON.stringify(body, null, 2)
}

/** Stripe's own signature header, by Stripe's own package. */
export function signed(payload, secret = STRIPE_SECRET, timestamp = Math.floor(Date.now() / 1000)) {
  return stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp })
}

/** Posts an event to a source, signed by Stripe's package unless told otherwise. */
export function post(url, payload, { source = 'shop', header = signed(payload) } = {}) {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': header }
  return fetch(`${url}/in/${source}`, { method: 'POST', headers, body: payload })
}

/** Asks with the status token. */
export async function ask(url, path, method = 'GET') {
  const headers = { authorization: `Bearer ${STATUS_TOKEN}` }
  return (await fetch(url + path, { method, headers })).json()
}

/** The counts of a source. */
export async function counts(url, source = 'shop') {
  return (await ask(url, '/status')).sources[source]
}

/** Waits until something holds, at most so long. */
export async function until(what, holds, timeout_ms = 15_000) {
  const end = Date.now() + timeout_ms
  for (;;) {
    const value = await holds()
    if (value) return value
    if (Date.now() > end) throw new Error(`waited ${timeout_ms} ms in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

/** Settings with one source, overridden by what a test needs. */
export function settings(source = {}, more = {}) {
  return {
    SOURCES: JSON.stringify({ shop: { scheme: 'stripe', ...source } }),
    SECRET_SHOP: STRIPE_SECRET,
    STATUS_TOKEN,
    FORWARD_SECRET,
    ...more,
  }
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function random(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** The same items in another order, by a seeded chance (Fisher and Yates). */
export function shuffled(items, chance) {
  const out = [...items]
  for (let last = out.length - 1; last > 0; last -= 1) {
    const other = Math.floor(chance() * (last + 1))
    ;[out[last], out[other]] = [out[other], out[last]]
  }
  return out
}

/** Does something for every item, so many at once. */
export async function each(items, at_once, work) {
  const queue = items.values()
  const one = async () => {
    for (const item of queue) await work(item)
  }
  await Promise.all(Array.from({ length: at_once }, one))
}
