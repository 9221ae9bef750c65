// The wall between page and frame: what does not cross it, whoever asks and whatever they say.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { fillCard, frameOf, launch } from '../support/browser.mjs'
import { openHouse } from '../support/card-page.mjs'
import { embed } from '../support/bare-frame.mjs'

const GOOD = '4242424242424242'
/** Longest that a page waits to hear that there will be no frame. */
const UNREACHABLE_WITHIN_MS = 16_000

let browser
let house
let context
let page

before(async () => {
  browser = await launch()
  house = await openHouse()
})
after(async () => {
  await browser?.close()
  await house?.close()
})
beforeEach(async () => {
  Object.assign(house, { ancestors: house.shopOrigin, frameWasm: "'wasm-unsafe-eval'" })
  context = await browser.newContext({ locale: 'en-US' })
  page = await context.newPage()
})
afterEach(() => context.close())

test('no run of digits reaches the page while a card is typed, pasted and tokenised', async () => {
  await page.addInitScript(recordEverything)
  await page.goto(house.page('<input id="own"><farthing-card></farthing-card>'))
  await mounted()
  // The recorders work: what is typed into the page's own field is seen by each of them.
  await page.locator('#own').pressSequentially('123456')
  await page.evaluate(() => postMessage('654321', location.origin))
  await until(async () => (await runs()).some((run) => run.includes('654321')))
  const own = await runs()
  for (const via of ['keys', 'input', 'messages']) {
    assert.ok(
      own.some((run) => run.startsWith(via)),
      `${via} is not recorded: ${own}`,
    )
  }
  await page.locator('#own').fill('')
  await page.locator('#own').blur()
  await page.evaluate(() => globalThis.forget())

  const frame = frameOf(page)
  await frame.locator('#number').click()
  await page.keyboard.type(GOOD, { delay: 5 })
  await frame.locator('#expiry').click()
  await page.keyboard.type('1234', { delay: 5 })
  await frame.locator('#cvc').click()
  await page.keyboard.type('123', { delay: 5 })
  const made = await create()
  assert.equal(made.last4, '4242')
  await frame.locator('#number').evaluate((input, text) => {
    input.value = ''
    input.focus()
    document.execCommand('insertText', false, text)
  }, '4000056655665556')
  await page.keyboard.press('Control+A')
  await page.keyboard.press('Control+C')
  await page.keyboard.press('Control+V')
  assert.equal((await create()).last4, '5556')
  assert.deepEqual(await runs(), [])
  assert.ok(
    (await page.evaluate(() => globalThis.heardCount())) > 10,
    'the recorder hears the frame',
  )
  assert.doesNotMatch(await page.content(), /\d{6}|4242 4242|\d{4}5566/)
})

test('the frame speaks only to the origin in its address, and only once', async () => {
  await page.goto(house.page('', { idle: '' }))
  const answers = await page.evaluate(
    async ([payOrigin, key]) => {
      const after = (ms) => new Promise((resolve) => setTimeout(() => resolve('silence'), ms))
      const shake = async (named, { protocol = 2, ports = 1 } = {}) => {
        const iframe = document.createElement('iframe')
        iframe.src = `${payOrigin}/farthing/frame?key=${key}#parent=${encodeURIComponent(named)}`
        const ready = new Promise((resolve) => {
          addEventListener('message', ({ source, data }) => {
            if (source === iframe.contentWindow) resolve(data.farthing)
          })
        })
        document.body.append(iframe)
        await new Promise((resolve) => iframe.addEventListener('load', resolve))
        const first = await Promise.race([ready, after(1000)])
        const knock = async () => {
          const channels = Array.from({ length: ports }, () => new MessageChannel())
          const answer = new Promise((resolve) => {
            for (const { port1 } of channels)
              port1.onmessage = ({ data }) => data.type === 'mounted' && resolve(data.type)
          })
          const hello = { farthing: 'connect', protocol, settings: {} }
          const theirs = channels.map(({ port2 }) => port2)
          iframe.contentWindow.postMessage(hello, payOrigin, theirs)
          return Promise.race([answer, after(700)])
        }
        return [first, await knock(), await knock()]
      }
      return {
        own: await shake(location.origin),
        foreign: await shake('https://evil.test'),
        nobody: await shake(''),
        older: await shake(location.origin, { protocol: 1 }),
        twoPorts: await shake(location.origin, { ports: 2 }),
      }
    },
    [house.payOrigin, house.key],
  )
  assert.deepEqual(answers, {
    own: ['ready', 'mounted', 'silence'],
    foreign: ['silence', 'silence', 'silence'],
    nobody: ['silence', 'silence', 'silence'],
    older: ['ready', 'silence', 'silence'],
    twoPorts: ['ready', 'silence', 'silence'],
  })
})

test('a window that is not the parent cannot connect to the frame', async () => {
  await page.goto(house.page('', { idle: '', frames: 'all' }))
  const answer = await page.evaluate(
    async ([payOrigin, key, shop]) => {
      const iframe = document.createElement('iframe')
      iframe.src = `${payOrigin}/farthing/frame?key=${key}#parent=${encodeURIComponent(location.origin)}`
      const sibling = document.createElement('iframe')
      sibling.src = `${shop}/page?idle&body=sibling`
      document.body.append(iframe, sibling)
      const ready = (each) => new Promise((resolve) => each.addEventListener('load', resolve))
      await Promise.all([ready(iframe), ready(sibling)])
      // The sibling is of the right origin, and still not the parent.
      const channel = new sibling.contentWindow.MessageChannel()
      const heard = new Promise((resolve) => (channel.port1.onmessage = () => resolve('connected')))
      sibling.contentWindow.to = iframe.contentWindow
      sibling.contentWindow.port = channel.port2
      const script = sibling.contentDocument.createElement('script')
      script.src = '/knock.js'
      sibling.contentDocument.body.append(script)
      return Promise.race([
        heard,
        new Promise((resolve) => setTimeout(() => resolve('silence'), 1500)),
      ])
    },
    [house.payOrigin, house.key, house.shopOrigin],
  )
  assert.equal(answer, 'silence')
})

test('the page believes no other window that calls itself the frame', async () => {
  // A window of the right origin that is not the frame, and the page itself.
  await page.route(`${house.payOrigin}/pretender`, (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<script>
        setInterval(() => parent.postMessage({ farthing: 'ready', protocol: 2 }, '*'), 5)
      </script>`,
    }),
  )
  await page.goto(house.page(`<iframe src="${house.payOrigin}/pretender"></iframe>`, { idle: '' }))
  const channels = await page.evaluate(
    async (to) => {
      const OriginalChannel = MessageChannel
      let count = 0
      globalThis.MessageChannel = class extends OriginalChannel {
        constructor() {
          super()
          count += 1
        }
      }
      const claims = setInterval(() => postMessage({ farthing: 'ready', protocol: 2 }, '*'), 5)
      const { registerCardElement } = await import('/element.js')
      registerCardElement()
      const card = document.createElement('farthing-card')
      document.body.append(card)
      await card.connect(to)
      clearInterval(claims)
      return count
    },
    { apiBase: house.payOrigin, publishableKey: house.key },
  )
  assert.equal(channels, 1)
})

test('a frame that says ready from another origin gets no channel', async () => {
  // The right window, but what answers in it is of another origin than the backend.
  await page.route(`${house.payOrigin}/farthing/frame*`, (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<script>location.replace('${house.shopOrigin.replace('127.0.0.1', 'localhost')}/fake')</script>`,
    }),
  )
  await page.route('**/fake', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<script>
        setInterval(() => parent.postMessage({ farthing: 'ready', protocol: 2 }, '*'), 20)
        addEventListener('message', (event) => event.ports[0]?.postMessage({ type: 'mounted' }))
      </script>`,
    }),
  )
  await page.goto(house.page(undefined, { idle: '', frames: 'all' }))
  await page.evaluate(() => {
    const OriginalChannel = MessageChannel
    globalThis.channels = 0
    globalThis.MessageChannel = class extends OriginalChannel {
      constructor() {
        super()
        globalThis.channels += 1
      }
    }
  })
  assert.equal(await outcomeOfConnect(), 'frame_unreachable')
  assert.equal(await page.evaluate(() => globalThis.channels), 0)
})

test('what a frame says that is not understood is ignored, and nothing is taken but what is known', async () => {
  await page.route(`${house.payOrigin}/farthing/frame*`, (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<script>
        const number = '4242424242424242'
        addEventListener('message', ({ data, ports: [port] }) => {
          if (data.farthing !== 'connect') return
          for (const message of [
            null, 7, number, [], {}, { type: 'number', number }, { type: 'constructor' },
            { type: 'height', height: 1e9 }, { type: 'height', height: '99px;color:red' },
            { type: 'height', height: NaN }, { type: 'tokenised', id: 1, card: null },
            { type: 'tokenised', id: {}, card: { paymentMethodId: 'pm_1', last4: '4242' } },
            { type: 'state', state: { isComplete: 'yes', brand: number, errorCode: number, number } },
            { type: 'mounted', number },
          ]) port.postMessage(message)
          port.onmessage = ({ data: { type, id } }) => {
            if (type !== 'tokenise') return
            port.postMessage({ type: 'tokenised', id: id + 7, card: { paymentMethodId: 'pm_other', last4: '1111' } })
            port.postMessage({ type: 'tokenised', id, card: { paymentMethodId: number, last4: '4242' } })
            port.postMessage({ type: 'tokenised', id, card: { paymentMethodId: 'pm_a', last4: number } })
            port.postMessage({ type: 'tokenised', id, card: { paymentMethodId: 'pm_b', last4: '4242', brand: number, number } })
          }
        })
        parent.postMessage({ farthing: 'ready', protocol: 2 }, '*')
      </script>`,
    }),
  )
  await page.goto(house.page())
  await mounted()
  assert.deepEqual(await create(), { paymentMethodId: 'pm_b', brand: 'unknown', last4: '4242' })
  const seen = await page.evaluate(() => {
    const card = document.querySelector('farthing-card')
    return [card.state, card.shadowRoot.querySelector('iframe').style.height]
  })
  const state = { isComplete: false, isEmpty: false, brand: 'unknown', errorCode: undefined }
  assert.deepEqual(seen, [state, '176px'])
})

test('what a page says that is not understood is ignored by the frame', async () => {
  await page.goto(house.page('', { idle: '' }))
  const answers = await page.evaluate(embed, [house.payOrigin, house.key])
  assert.deepEqual(answers, ['mounted', 'height', 'state'])
  const rest = await page.evaluate(async () => {
    const { port, heard } = globalThis.embedded
    for (const message of [
      null,
      3,
      'tokenise',
      [],
      {},
      { type: 'read' },
      { type: 'tokenise' },
      { type: 'tokenise', id: '1' },
      { type: 'state' },
      { type: 'settings' },
      { type: 'settings', settings: 'x' },
      { type: '__proto__' },
    ])
      port.postMessage(message)
    await new Promise((resolve) => setTimeout(resolve, 400))
    return heard.slice(3)
  })
  assert.deepEqual(rest, [])
})

for (const [why, ancestors] of [
  ['a page of an origin that is not listed', 'https://other.example'],
  ['a page under a key that lists nobody', "'none'"],
]) {
  test(`${why} gets no frame, and hears of it in time`, async () => {
    house.ancestors = ancestors
    await page.goto(house.page(undefined, { idle: '' }))
    const started = Date.now()
    assert.equal(await outcomeOfConnect(), 'frame_unreachable')
    assert.ok(Date.now() - started < UNREACHABLE_WITHIN_MS, `${Date.now() - started} ms`)
    const { errors, card } = await page.evaluate(async () => ({
      errors: globalThis.errors,
      card: await document
        .querySelector('farthing-card')
        .createPaymentMethod()
        .catch(({ code }) => code),
    }))
    assert.deepEqual(errors, ['frame_unreachable'])
    assert.equal(card, 'frame_unreachable')
    // Once the origin is listed, connecting again is enough.
    house.ancestors = house.shopOrigin
    assert.equal(await outcomeOfConnect(), 'connected')
  })
}

test('a backend that is not there is heard of in time, too', async () => {
  await page.goto(house.page(undefined, { idle: '' }))
  await page.route(`${house.payOrigin}/farthing/frame*`, (route) => route.abort())
  assert.equal(await outcomeOfConnect(), 'frame_unreachable')
  await page.unroute(`${house.payOrigin}/farthing/frame*`)
  await page.route(`${house.payOrigin}/farthing/frame*`, () => {}) // Never answered.
  const started = Date.now()
  assert.equal(await outcomeOfConnect(), 'frame_unreachable')
  assert.ok(Date.now() - started < UNREACHABLE_WITHIN_MS)
})

test('where WebAssembly is refused, the frame works by the JavaScript twin of the core', async () => {
  house.frameWasm = ''
  await page.goto(house.page())
  await mounted()
  await fillCard(page, { number: GOOD })
  assert.equal((await create()).last4, '4242')
  const refused = frameOf(page)
    .locator('html')
    .evaluate(() => {
      const empty = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])
      return Promise.resolve()
        .then(() => new WebAssembly.Module(empty))
        .then(
          () => 'allowed',
          ({ name }) => name,
        )
    })
  assert.equal(await refused, 'CompileError')
})

function outcomeOfConnect() {
  return page.evaluate(
    async (to) => {
      const { registerCardElement } = await import('/element.js')
      registerCardElement()
      const card = document.querySelector('farthing-card')
      if (globalThis.errors === undefined) {
        globalThis.errors = []
        card.addEventListener('error', ({ detail }) => globalThis.errors.push(detail.code))
      }
      return card.connect(to).then(
        () => 'connected',
        ({ code }) => code,
      )
    },
    { apiBase: house.payOrigin, publishableKey: house.key },
  )
}

function create() {
  return page.evaluate(() => document.querySelector('farthing-card').createPaymentMethod())
}

async function mounted() {
  await page.waitForFunction(
    () =>
      document.querySelector('farthing-card')?.shadowRoot?.querySelector('iframe')?.style
        .visibility === 'visible',
  )
}

/** Every run of six or more digits that any recorder has; key presses count as one text. */
function runs() {
  return page.evaluate(() => globalThis.runs())
}

/** What a malicious script in the shop's page could do: runs in the page before everything else. */
function recordEverything() {
  if (globalThis !== top) return
  const seen = { keys: '', input: [], messages: [] }
  const text = (value) => {
    if (typeof value === 'string') return value
    try {
      return JSON.stringify(value) ?? ''
    } catch {
      return String(value)
    }
  }
  for (const type of ['keydown', 'keypress', 'keyup']) {
    addEventListener(type, ({ key }) => type === 'keydown' && (seen.keys += key), true)
  }
  for (const type of ['input', 'beforeinput', 'change', 'paste', 'copy', 'cut', 'compositionend']) {
    const keep = ({ data, target, detail, clipboardData }) =>
      seen.input.push(text([data, target?.value, detail, clipboardData?.getData('text')]))
    addEventListener(type, keep, true)
  }
  const keep = ({ data }) => seen.messages.push(text(data))
  addEventListener('message', keep, true)
  for (const target of [Window.prototype, MessagePort.prototype, globalThis]) {
    const original = target.postMessage
    if (original === undefined) continue
    target.postMessage = function (message, ...rest) {
      seen.messages.push(text(message))
      return original.call(this, message, ...rest)
    }
  }
  const listen = EventTarget.prototype.addEventListener
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    if (type === 'message') listen.call(this, type, keep, options)
    return listen.call(this, type, listener, options)
  }
  const onmessage = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage')
  Object.defineProperty(MessagePort.prototype, 'onmessage', {
    ...onmessage,
    set(listener) {
      listen.call(this, 'message', keep)
      onmessage.set.call(this, listener)
    },
  })
  const found = (value) => value.replaceAll(/[\s-]/g, '').match(/\d{6,}/g) ?? []
  globalThis.runs = () => [
    ...found(seen.keys).map((run) => `keys ${run}`),
    ...seen.input.flatMap(found).map((run) => `input ${run}`),
    ...seen.messages
      // Ids of payment methods are random, and may have a run of digits in them.
      .map((message) => message.replaceAll(/pm_\w+/g, 'pm_'))
      .flatMap(found)
      .map((run) => `messages ${run}`),
  ]
  globalThis.heardCount = () => seen.messages.length
  globalThis.forget = () => Object.assign(seen, { keys: '', input: [], messages: [] })
}

async function until(isSo) {
  for (let waited = 0; !(await isSo()); waited += 20) {
    assert.ok(waited < 10_000, 'it did not happen')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
