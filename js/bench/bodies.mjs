import { createHmac } from 'node:crypto'

export const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
export const SIZES = [256, 1024, 4096, 65_536]

/** An event of exactly so many bytes, ASCII, as the wire has them. */
export function eventOf(bytes) {
  const items = []
  const shell = (data) =>
    JSON.stringify({
      id: 'evt_1Qbench',
      object: 'event',
      type: 'payment_intent.succeeded',
      created: 1795000000,
      data: { object: { id: 'pi_1', amount: 1000, currency: 'usd', items: data, description: '' } },
    })
  for (;;) {
    const item = {
      id: `li_${items.length}`,
      amount: 100 + items.length,
      currency: 'usd',
      name: 'tea',
    }
    if (shell([...items, item]).length > bytes) break
    items.push(item)
  }
  const text = shell(items)
  return text.replace('"description":""', `"description":"${'x'.repeat(bytes - text.length)}"`)
}

/** The same body signed by every scheme, at a time. */
export function signed(body, atMs) {
  const t = Math.floor(atMs / 1000)
  const id = 'msg_2Lh9KRb0pzN4LePd3XiA4v12Axj'
  const mac = (key, message, as) => createHmac('sha256', key).update(message).digest(as)
  const standardKey = Buffer.from(SECRET.slice(6), 'base64')
  return {
    stripe: `t=${t},v1=${mac(SECRET, `${t}.${body}`, 'hex')},v0=${'0'.repeat(64)}`,
    standard: {
      'webhook-id': id,
      'webhook-timestamp': String(t),
      'webhook-signature': `v1,${mac(standardKey, `${id}.${t}.${body}`, 'base64')}`,
    },
    github: `sha256=${mac(SECRET, body, 'hex')}`,
  }
}

/** The same headers with one character of the signature changed. */
export function flipped(headers) {
  const flip = (text) => text.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'))
  const { stripe, standard, github } = headers
  const key = 'webhook-signature'
  const [at, digit] = [stripe.indexOf('v1=') + 10, stripe[stripe.indexOf('v1=') + 10]]
  return {
    stripe: `${stripe.slice(0, at)}${digit === 'a' ? 'b' : 'a'}${stripe.slice(at + 1)}`,
    standard: {
      ...standard,
      [key]: standard[key].replace(/,./, (c) => (c === ',A' ? ',B' : ',A')),
    },
    github: flip(github),
  }
}
