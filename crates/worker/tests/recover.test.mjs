// What is left of a panic: nothing. Runs the build of `node build.mjs --planted`.

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { start } from '../runtime.mjs'
import { ask, counts, event, post, serve, settings, signed, until } from './helpers.mjs'

const skip = !existsSync(fileURLToPath(new URL('../build-planted/index.js', import.meta.url)))
if (skip && process.env.CI) throw new Error('run `node build.mjs --planted` first')

/** Posts a webhook that asks for a panic at a place. Answers the status, and after how long. */
async function panicking(url, payload, place) {
  const headers = { 'content-type': 'application/json', 'stripe-signature': signed(payload), 'farthing-planted': place }
  const began = performance.now()
  const answer = await fetch(`${url}/in/shop`, { method: 'POST', headers, body: payload })
  const body = await answer.json()
  assert.equal(body.error?.code, 'storage_unavailable')
  assert.equal(answer.headers.get('retry-after'), '2')
  return { status: answer.status, waited_ms: performance.now() - began }
}

async function planted(t, bindings = settings()) {
  const worker = await start({ bindings, build: 'build-planted' })
  t.after(worker.stop)
  return worker
}

const numbered = (sequence, more) => event(`evt_${sequence}`, { object: 'pi_same', sequence, previous_sequence: sequence - 1 || null, ...more })

for (const place of ['route', 'accept']) {
  test(`a panic in mid-${place}: no half row, and the next requests succeed`, { timeout: 60_000, skip }, async (t) => {
    const { url } = await planted(t)
    assert.equal((await post(url, numbered(1))).status, 200)
    const { status, waited_ms } = await panicking(url, numbered(2), place)
    t.diagnostic(`the request that panicked: ${status} after ${waited_ms.toFixed(0)} ms`)
    assert.equal(status, 503)
    // The next of the same object, and of others, before the sender comes again.
    assert.equal((await post(url, numbered(3))).status, 200)
    for (let index = 0; index < 16; index += 1) {
      assert.equal((await post(url, event(`evt_other${index}`))).status, 200)
    }
    const held = (await counts(url)).accepted
    t.diagnostic(`rows of the event that panicked: ${held - 18}`)
    const again = await post(url, numbered(2))
    assert.equal(again.status, 200)
    assert.equal((await again.json()).duplicate, held === 19, 'all of it was there, or nothing')
    // Nobody waits for it, nothing is told to be missing, and all of it can be read, in its order.
    const { accepted, handed_on, waiting, gaps } = await until('it is through', async () => {
      const now = await counts(url)
      return now.waiting === 0 && now
    })
    assert.deepEqual([accepted, handed_on, waiting, gaps.open, gaps.given_up], [19, 19, 0, 0, 0])
    const { rows } = await ask(url, '/inbox/shop?limit=500')
    const same = rows.filter((row) => row.object === 'pi_same')
    assert.deepEqual(same.map((row) => row.sequence).sort(), [1, 2, 3])
    assert.deepEqual(same.flatMap((row) => row.marks), [])
  })
}

test('a panic between a payment and its fulfilment counts neither twice', { timeout: 60_000, skip }, async (t) => {
  const shop = await serve(() => ({ status: 200 }))
  t.after(shop.stop)
  const { url } = await planted(t, settings({ fulfil: shop.url }))
  assert.equal((await panicking(url, event('evt_paid', { object: 'pi_paid' }), 'fulfil')).status, 503)
  assert.equal((await post(url, event('evt_paid', { object: 'pi_paid' }))).status, 200)
  await until('it is fulfilled', () => shop.seen.length > 0)
  const { accepted, handed_on, errands } = await until('it is through', async () => {
    const now = await counts(url)
    return now.errands.waiting === 0 && now
  })
  assert.deepEqual([accepted, handed_on, errands.parked, shop.seen.length], [1, 1, 0, 1])
})

test('requests in flight while another one panics are answered, and what was acknowledged is there', { timeout: 60_000, skip }, async (t) => {
  const { url } = await planted(t)
  assert.equal((await post(url, event('evt_warm'))).status, 200)
  const statuses = {}
  const acknowledged = new Set()
  const one = async (index) => {
    const payload = event(`evt_flight${index}`)
    const { status } = index % 20 === 10 ? await panicking(url, payload, 'accept').catch(() => ({ status: 'lost' })) : await post(url, payload)
    if (status === 200) acknowledged.add(index)
    statuses[status] = (statuses[status] ?? 0) + 1
  }
  for (let wave = 0; wave < 5; wave += 1) {
    await Promise.all(Array.from({ length: 40 }, (_, index) => one(wave * 40 + index)))
  }
  t.diagnostic(`in flight: ${JSON.stringify(statuses)}`)
  // The senders come again.
  for (let index = 0; index < 200; index += 1) {
    const answer = await post(url, event(`evt_flight${index}`))
    assert.equal(answer.status, 200)
    const { duplicate } = await answer.json()
    if (acknowledged.has(index)) assert.ok(duplicate, `evt_flight${index} was acknowledged`)
  }
  assert.equal((await counts(url)).accepted, 201)
})

test('a page may read that its request was lost, if its origin is listed', { timeout: 60_000 }, async (t) => {
  const wrap = `
    import Worker, { Inbox, Limiter } from './index.js'
    export { Inbox, Limiter }
    export default Worker
    // Whoever looks whether the instance is still there finds that it is not.
    globalThis.setInterval = () => { throw new Error('lost') }
  `
  const SHOP = 'https://shop.example'
  const { url, stop } = await start({ bindings: settings({}, { ORIGINS: `${SHOP} http://localhost:5173` }), wrap })
  t.after(stop)
  const readable = async (path, origin) => {
    const answer = await fetch(url + path, { method: 'POST', headers: origin ? { origin } : {}, body: '{}' })
    assert.equal(answer.status, 503)
    return answer.headers.get('access-control-allow-origin')
  }
  assert.equal(await readable('/checkout/intents', SHOP), SHOP)
  assert.equal(await readable('/checkout/intents', 'https://shop.example.evil'), null)
  assert.equal(await readable('/checkout/intents', 'https://shop'), null)
  assert.equal(await readable('/checkout/intents', 'null'), null)
  assert.equal(await readable('/checkout/intents'), null)
  assert.equal(await readable('/in/shop', SHOP), null)
})

test('an alarm survives the panic of another request', { timeout: 60_000, skip }, async (t) => {
  let open = false
  const origin = await serve(() => ({ status: open ? 200 : 503 }))
  t.after(origin.stop)
  const { url } = await planted(t, settings({ forward: origin.url }, { FORWARD_SCHEDULE_MS: '200 '.repeat(30) }))
  for (let index = 0; index < 10; index += 1) await post(url, event(`evt_alarm${index}`))
  await panicking(url, event('evt_panic'), 'route')
  open = true
  await until('all of them came', async () => (await counts(url)).handed_on === 10, 20_000)
})
