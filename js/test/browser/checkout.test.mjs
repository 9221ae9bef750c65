// One payment out of whatever a buyer and a network do, by the network's own book: the real backend,
// its simulated network, and a page of another origin under a strict policy in a real browser.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { fillCard, launch, violationsIn } from '../support/browser.mjs'
import { launchKillable } from '../support/killable.mjs'
import { openShop } from '../support/real-shop.mjs'
import { freshFolder } from '../../../tests/js/backend.mjs'

const GOOD = 'pm_card_visa'
const BAD = 'pm_card_chargeDeclined'
const SLOW_MS = 1_200

let browser
let shops
let context
let complaints
let carts = 0

before(async () => {
  shops = {
    quick: await openShop(),
    slow: await openShop({ faults: `slow_ms=${SLOW_MS}..${SLOW_MS}` }),
  }
  browser = await launch()
})
after(async () => {
  await browser?.close()
  for (const shop of Object.values(shops ?? {})) await shop.close()
})

beforeEach(async () => {
  complaints = []
  context = await browser.newContext({ locale: 'en-US' })
})
afterEach(async () => {
  await context.close()
  assert.deepEqual(violationsIn(complaints), [])
})

describe('one charge', () => {
  test('a card typed into the element', async () => {
    const { shop, cart, charged } = await cartAt('quick')
    const page = await open(shop)
    await fillCard(page, { number: '4242424242424242' })
    const paid = await pay(page, { ...cart, byElement: true })
    assert.deepEqual([paid.status, paid.persistence], ['succeeded', 'indexeddb'])
    assert.deepEqual(await charged(), [{ charges: 1, captured: 1000 }, 1])
  })

  test('a declined card, then a good one', async () => {
    const { shop, cart, charged } = await cartAt('quick')
    const page = await open(shop)
    const keys = confirmKeys(page)
    const declined = await pay(page, { ...cart, paymentMethodId: BAD })
    assert.deepEqual([declined.status, declined.code], ['declined', 'card_declined'])
    assert.equal((await pay(page, { ...cart, paymentMethodId: GOOD })).status, 'succeeded')
    assert.deepEqual(await charged(), [{ charges: 1, captured: 1000 }, 1])
    const [{ key }] = shop.merchant.creates.filter(({ cartId }) => cartId === cart.cartId)
    assert.deepEqual(keys, [`${key}-1`, `${key}-2`])
  })

  test('a double click, and a third when it is paid', async () => {
    const { shop, cart, charged } = await cartAt('slow')
    const page = await open(shop)
    const keys = confirmKeys(page)
    const both = await page.evaluate(
      (payment) => Promise.all([shop.pay(payment), shop.pay(payment)]),
      { ...cart, paymentMethodId: GOOD },
    )
    assert.deepEqual(both[0], both[1])
    assert.equal(both[0].status, 'succeeded')
    assert.equal((await pay(page, { ...cart, paymentMethodId: GOOD })).status, 'succeeded')
    assert.equal(keys.length, 1)
    assert.deepEqual(await charged(), [{ charges: 1, captured: 1000 }, 1])
  })

  test('a reload in the middle', async () => {
    const { shop, cart, charged } = await cartAt('slow')
    const page = await open(shop)
    const keys = confirmKeys(page)
    await begun(page, { ...cart, paymentMethodId: GOOD })
    await page.reload()
    await ready(page)
    const found = await page.evaluate((id) => globalThis.shop.resume(id), cart.cartId)
    assert.ok(['requires_payment', 'processing', 'succeeded'].includes(found.status), found.status)
    assert.equal(await paidAtLast(page, { ...cart, paymentMethodId: GOOD }), 'succeeded')
    assert.equal(new Set(keys).size, 1)
    assert.deepEqual(await charged(), [{ charges: 1, captured: 1000 }, 1])
  })

  for (const locks of ['with', 'without']) {
    test(`two tabs, ${locks} locks`, async () => {
      const { shop, cart, charged } = await cartAt('slow')
      if (locks === 'without') await context.addInitScript(withoutLocks)
      const [one, two] = [await open(shop), await open(shop)]
      const keys = [confirmKeys(one), confirmKeys(two)]
      const said = await Promise.all([
        paidAtLast(one, { ...cart, paymentMethodId: GOOD }),
        paidAtLast(two, { ...cart, paymentMethodId: 'pm_card_mastercard' }),
      ])
      assert.deepEqual(said, ['succeeded', 'succeeded'])
      assert.equal(new Set(keys.flat()).size, 1)
      assert.deepEqual(await charged(), [{ charges: 1, captured: 1000 }, 1])
    })
  }

  test('the connection is gone, and comes back', async () => {
    const { shop, cart, charged } = await cartAt('quick')
    const page = await open(shop, { triesMax: 1 })
    const keys = confirmKeys(page)
    await context.route('**/confirm', (route) => {
      if (route.request().method() !== 'POST') return route.continue() // Some ask before they post.
      void context.setOffline(true)
      return route.abort('internetdisconnected')
    })
    const cut = await pay(page, { ...cart, paymentMethodId: GOOD })
    assert.equal(cut.code, 'outcome_unknown')
    assert.equal((await pay(page, { ...cart, paymentMethodId: BAD })).code, 'outcome_unknown')
    assert.deepEqual(await charged(), [{ charges: 0, captured: 0 }, 1])
    await context.unroute('**/confirm')
    await context.setOffline(false)
    assert.equal(await paidAtLast(page, { ...cart, paymentMethodId: BAD }), 'succeeded')
    assert.equal(new Set(keys).size, 1, 'the open attempt is repeated, card and all')
    assert.deepEqual(await charged(), [{ charges: 1, captured: 1000 }, 1])
  })

  test('the answer is lost on its way', async () => {
    const { shop, cart, charged } = await cartAt('quick')
    const page = await open(shop, { triesMax: 1 })
    const keys = confirmKeys(page)
    await page.evaluate(loseNextAnswer)
    assert.equal((await pay(page, { ...cart, paymentMethodId: GOOD })).code, 'outcome_unknown')
    await page.reload()
    await ready(page)
    assert.equal((await page.evaluate((id) => shop.resume(id), cart.cartId)).status, 'succeeded')
    assert.equal((await pay(page, { ...cart, paymentMethodId: GOOD })).status, 'succeeded')
    assert.equal(keys.length, 1)
    assert.deepEqual(await charged(), [{ charges: 1, captured: 1000 }, 1])
  })

  test('the browser is killed in the middle, and started again', async () => {
    const { shop, cart, charged } = await cartAt('slow')
    const folder = freshFolder('profile')
    const keys = []
    const first = await launchKillable(folder)
    const before = await load(await first.context.newPage(), shop)
    keys.push(confirmKeys(before))
    await begun(before, { ...cart, paymentMethodId: GOOD })
    await first.kill()
    const second = await launchKillable(folder)
    try {
      const after = await load(await second.context.newPage(), shop)
      keys.push(confirmKeys(after))
      assert.equal(await paidAtLast(after, { ...cart, paymentMethodId: GOOD }), 'succeeded')
      assert.equal(new Set(keys.flat()).size, 1)
      assert.deepEqual(await charged(), [{ charges: 1, captured: 1000 }, 1])
    } finally {
      await second.kill()
    }
  })
})

describe('a cart that changes', () => {
  test('from 10.00 to 11.00 while a confirmation hangs: refused, and charged once', async () => {
    const { shop, cart, charged } = await cartAt('slow')
    const [page, other] = [await open(shop), await open(shop)]
    const first = pay(page, { ...cart, paymentMethodId: GOOD })
    await page.waitForRequest('**/confirm')
    const dearer = { ...cart, amount: 1100, paymentMethodId: GOOD }
    assert.equal((await pay(page, dearer)).code, 'payment_in_progress')
    await other.evaluate(withoutLocks)
    assert.equal((await pay(other, dearer)).code, 'payment_in_progress')
    assert.equal((await first).status, 'succeeded')
    assert.equal((await pay(page, dearer)).code, 'already_paid')
    assert.equal((await pay(other, dearer)).code, 'already_paid')
    assert.deepEqual(await charged(), [{ charges: 1, captured: 1000 }, 1])
    assert.deepEqual(shop.merchant.updates, [])
  })

  test('after a decline: the same intent, at the new amount', async () => {
    const { shop, cart, charged } = await cartAt('quick')
    const page = await open(shop)
    assert.equal((await pay(page, { ...cart, paymentMethodId: BAD })).status, 'declined')
    const dearer = { ...cart, amount: 1100, paymentMethodId: GOOD }
    const unable = await pay(page, { ...dearer, change: false })
    assert.equal(unable.code, 'update_missing')
    assert.equal((await pay(page, dearer)).status, 'succeeded')
    assert.deepEqual(await charged(), [{ charges: 1, captured: 1100 }, 1])
    const [intent] = await shop.intentsOf(cart.cartId)
    assert.deepEqual([intent.amount, intent.amount_received], [1100n, 1100n])
  })
})

describe('the journal', () => {
  test('is on the disk before anything leaves', async () => {
    const { shop, cart } = await cartAt('quick')
    await context.addInitScript(recordOrder)
    const page = await open(shop)
    await pay(page, { ...cart, paymentMethodId: GOOD })
    const order = await page.evaluate(() => globalThis.order)
    const writes = order.filter((each) => each.startsWith('write '))
    assert.deepEqual([...new Set(writes)], ['write strict'])
    for (const [request, writesMin] of [
      ['create', 1],
      ['confirm', 3],
    ]) {
      const before = order.slice(0, order.indexOf(request))
      const count = (what) => before.filter((each) => each === what).length
      assert.ok(count('written') >= writesMin, order.join(', '))
      assert.equal(count('written'), count('write strict'), order.join(', '))
    }
  })

  for (const [name, script, persistence] of [
    ['IndexedDB never opens', hangingIndexedDb, 'localstorage'],
    ['IndexedDB is refused', refusedIndexedDb, 'localstorage'],
    ['there is neither', noStorage, 'memory'],
  ]) {
    test(`${name}: the next place, and one charge`, async () => {
      const { shop, cart, charged } = await cartAt('quick')
      await context.addInitScript(script)
      const page = await open(shop)
      const declined = await pay(page, { ...cart, paymentMethodId: BAD })
      assert.deepEqual([declined.status, declined.persistence], ['declined', persistence])
      if (persistence === 'localstorage') {
        await page.reload()
        await ready(page)
      }
      const paid = await pay(page, { ...cart, paymentMethodId: GOOD })
      assert.deepEqual([paid.status, paid.persistence], ['succeeded', persistence])
      assert.deepEqual(await charged(), [{ charges: 1, captured: 1000 }, 1])
    })
  }

  test('two tabs on localStorage without locks', async () => {
    const { shop, cart, charged } = await cartAt('slow')
    await context.addInitScript(refusedIndexedDb)
    await context.addInitScript(withoutLocks)
    const [one, two] = [await open(shop), await open(shop)]
    const said = await Promise.all([
      paidAtLast(one, { ...cart, paymentMethodId: GOOD }),
      paidAtLast(two, { ...cart, paymentMethodId: GOOD }),
    ])
    assert.deepEqual(said, ['succeeded', 'succeeded'])
    assert.deepEqual(await charged(), [{ charges: 1, captured: 1000 }, 1])
  })

  test('a cart begun in IndexedDB is not begun again where IndexedDB is silent', async () => {
    const { shop, cart, charged } = await cartAt('quick')
    const page = await open(shop)
    assert.equal((await pay(page, { ...cart, paymentMethodId: BAD })).status, 'declined')
    const silent = await context.newPage()
    await silent.addInitScript(hangingIndexedDb)
    await load(silent, shop)
    const refused = await pay(silent, { ...cart, paymentMethodId: GOOD })
    assert.equal(refused.code, 'journal_unavailable')
    assert.deepEqual(await charged(), [{ charges: 0, captured: 0 }, 1])
  })

  test('a cart begun in localStorage moves to IndexedDB when it answers again', async () => {
    const { shop, cart, charged } = await cartAt('quick')
    const silent = await context.newPage()
    await silent.addInitScript(refusedIndexedDb)
    await load(silent, shop)
    const declined = await pay(silent, { ...cart, paymentMethodId: BAD })
    assert.deepEqual([declined.status, declined.persistence], ['declined', 'localstorage'])
    const page = await open(shop)
    const paid = await pay(page, { ...cart, paymentMethodId: GOOD })
    assert.deepEqual([paid.status, paid.persistence], ['succeeded', 'indexeddb'])
    assert.deepEqual(await charged(), [{ charges: 1, captured: 1000 }, 1])
  })

  for (const damage of ['an older shape', 'half of it', 'junk']) {
    test(`what cannot be read (${damage}) is an error, never a second charge`, async () => {
      const { shop, cart, charged } = await cartAt('quick')
      const page = await open(shop)
      assert.equal((await pay(page, { ...cart, paymentMethodId: GOOD })).status, 'succeeded')
      await page.evaluate(spoil, { cartId: cart.cartId, damage })
      const code = 'journal_corrupt'
      assert.equal((await pay(page, { ...cart, paymentMethodId: GOOD })).code, code)
      assert.equal((await page.evaluate((id) => shop.resume(id), cart.cartId)).code, code)
      assert.deepEqual(await charged(), [{ charges: 1, captured: 1000 }, 1])
      await page.evaluate(async (id) => (await shop.farthing.journal()).forget(id), cart.cartId)
      assert.equal((await page.evaluate((id) => shop.resume(id), cart.cartId)).status, 'none')
    })
  }
})

/** A new cart at a shop; `charged` says what the network and the merchant have of it since. */
async function cartAt(name) {
  const shop = shops[name]
  const cartId = `cart_${(carts += 1)}`
  const start = await shop.book()
  const charged = async () => {
    const { charges, captured } = await shop.book()
    const intents = await shop.intentsOf(cartId)
    return [
      { charges: charges - start.charges, captured: captured - start.captured },
      intents.length,
    ]
  }
  return { shop, cart: { cartId, amount: 1000 }, charged }
}

async function open(shop, options = {}) {
  const page = await context.newPage()
  await page.addInitScript((given) => (globalThis.farthingOptions = given), options)
  return load(page, shop)
}

async function load(page, shop) {
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(`Uncaught ${error.message}`))
  await page.goto(shop.url)
  return ready(page)
}

async function ready(page) {
  await page.locator('html[data-ready]').waitFor()
  return page
}

function pay(page, payment) {
  return page.evaluate((given) => globalThis.shop.pay(given), payment)
}

/** Begins to pay and comes back while the confirmation is under way. */
async function begun(page, payment) {
  const leaving = page.waitForRequest('**/confirm')
  await page.evaluate((given) => void globalThis.shop.pay(given), payment)
  await leaving
}

/** Presses Pay as a buyer does who is told that it is safe, until there is an outcome. */
async function paidAtLast(page, payment) {
  for (let presses = 0; presses < 20; presses += 1) {
    const { status, code } = await pay(page, payment)
    if (status !== 'processing' && code !== 'outcome_unknown') return status ?? code
    await page.waitForTimeout(200)
  }
  return 'never'
}

function confirmKeys(page) {
  const keys = []
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/confirm')) {
      keys.push(request.headers()['idempotency-key'])
    }
  })
  return keys
}

function withoutLocks() {
  Object.defineProperty(Navigator.prototype, 'locks', { value: undefined, configurable: true })
}

/** The next confirmation arrives, and its answer does not. */
function loseNextAnswer() {
  const { fetch } = globalThis
  globalThis.fetch = async (url, init) => {
    const response = await fetch(url, init)
    if (!String(url).endsWith('/confirm')) return response
    globalThis.fetch = fetch
    throw new TypeError('Failed to fetch')
  }
}

function hangingIndexedDb() {
  IDBFactory.prototype.open = () => ({})
}

function refusedIndexedDb() {
  IDBFactory.prototype.open = () => {
    throw new DOMException('No.', 'SecurityError')
  }
}

function noStorage() {
  IDBFactory.prototype.open = () => {
    throw new DOMException('No.', 'SecurityError')
  }
  Object.defineProperty(globalThis, 'localStorage', {
    get: () => {
      throw new DOMException('No.', 'SecurityError')
    },
  })
}

/** Notes when the journal writes, when a write is on the disk, and when requests leave. */
function recordOrder() {
  globalThis.order = []
  const { transaction } = IDBDatabase.prototype
  IDBDatabase.prototype.transaction = function (names, mode, options) {
    const access = transaction.call(this, names, mode, options)
    if (mode === 'readwrite') {
      globalThis.order.push(`write ${options?.durability}`)
      access.addEventListener('complete', () => globalThis.order.push('written'))
    }
    return access
  }
  const { fetch } = globalThis
  globalThis.fetch = (url, init) => {
    if (String(url).endsWith('/create')) globalThis.order.push('create')
    if (String(url).endsWith('/confirm')) globalThis.order.push('confirm')
    return fetch(url, init)
  }
}

/** Damages what the journal keeps of a cart. */
function spoil({ cartId, damage }) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('farthing', 1)
    opening.onerror = () => reject(opening.error)
    opening.onsuccess = () => {
      const access = opening.result.transaction('payments', 'readwrite')
      const records = access.objectStore('payments')
      records.get(cartId).onsuccess = ({ target: { result } }) => {
        const { createKey, ...half } = result
        const spoilt = {
          'an older shape': { ...result, version: 1 },
          'half of it': half,
          junk: 'junk',
        }
        records.put(spoilt[damage], cartId)
      }
      access.oncomplete = () => {
        opening.result.close()
        resolve()
      }
    }
  })
}
