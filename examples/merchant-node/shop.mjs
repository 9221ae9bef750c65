// What the shop knows: prices, and which orders are paid. A real shop has a database here.

/** Prices in minor units: the page names products and quantities, never an amount. */
export const prices = {
  'field-notebook': { amount: 1450, currency: 'usd', name: 'Field notebook' },
  'brass-pen': { amount: 3800, currency: 'usd', name: 'Brass ballpoint' },
  postage: { amount: 487, currency: 'usd', name: 'Postage' },
}

const QUANTITY_MAX = 99

/** What a cart comes to. Throws a plain sentence for a cart that makes no sense. */
export function priceOf(items) {
  if (!Array.isArray(items) || items.length === 0) throw new CartError('The cart is empty.')
  let amount = 0
  for (const { id, quantity } of items) {
    const price = Object.hasOwn(prices, id) ? prices[id] : undefined
    if (price === undefined) throw new CartError(`There is no product ${id}.`)
    if (!Number.isInteger(quantity) || quantity < 1 || quantity > QUANTITY_MAX) {
      throw new CartError(`The quantity of ${id} must be a whole number from 1 to ${QUANTITY_MAX}.`)
    }
    amount += price.amount * quantity
  }
  return { amount, currency: 'usd' }
}

export class CartError extends Error {}

/** Orders by payment intent. Marking one twice is the same as once: webhooks may arrive again. */
export function orders() {
  const paid = new Map()
  return {
    markPaid: (intent) =>
      paid.set(intent.id, { amount: intent.amount_received, currency: intent.currency }),
    isPaid: (id) => paid.has(id),
    all: () => [...paid].map(([id, payment]) => ({ id, ...payment })),
  }
}
