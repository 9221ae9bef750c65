// The checkout, as the server renders it and the browser takes it over.
import { FarthingError, loadFarthing } from '@farthing/sdk/checkout'
import type { Farthing, FarthingCardElement } from '@farthing/sdk/checkout'
import { useEffect, useRef, useState } from 'react'

/** What the server tells the page: text alone, for it travels as JSON. */
export interface CheckoutProps {
  apiBase: string
  publishableKey: string
  cartId: string
  /** In minor units. */
  amount: string
  currency: string
  /** The amount for people. It is written once, by the server, so that both sides show the same. */
  price: string
}

export function Checkout(props: CheckoutProps) {
  const card = useRef<FarthingCardElement>(null)
  const farthing = useRef<Promise<Farthing>>(null)
  const [isComplete, setIsComplete] = useState(false)
  const [isPaying, setIsPaying] = useState(false)
  const [outcome, setOutcome] = useState('')
  const isPaid = outcome === 'succeeded'

  useEffect(() => {
    // It needs a page, so it waits for one: nothing of this runs on the server.
    farthing.current ??= loadFarthing(props.publishableKey, { apiBase: props.apiBase })
    let isShown = true
    // The buyer may come back here from a reload or a crash: first see what became of the payment.
    resume(farthing.current, props.cartId).then((found) => isShown && setOutcome(found))
    return () => {
      isShown = false
    }
  }, [props.apiBase, props.publishableKey, props.cartId])

  useEffect(() => {
    // Not `onchange={…}`: what React hydrates, it gives no listeners for events that it does not know.
    const listening = new AbortController()
    const { signal } = listening
    card.current?.addEventListener('change', (event) => setIsComplete(event.detail.isComplete), {
      signal,
    })
    return () => listening.abort()
  }, [])

  async function pay() {
    setIsPaying(true)
    try {
      const { status } = await (await farthing.current)!.confirmPayment({
        cartId: props.cartId,
        amount: BigInt(props.amount),
        currency: props.currency,
        element: card.current!,
        createIntent: (key) => createIntent(props.cartId, key),
      })
      setOutcome(status)
    } catch (error) {
      setOutcome(sentenceOf(error))
    } finally {
      setIsPaying(false)
    }
  }

  return (
    <main>
      <h1>Checkout</h1>
      <p>
        To pay: <strong id="price">{props.price}</strong>
      </p>
      <farthing-card ref={card} locale="en" />
      <button id="pay" type="button" disabled={!isComplete || isPaying || isPaid} onClick={pay}>
        Pay
      </button>
      <p id="outcome" role="status">
        {outcome}
      </p>
      {isPaid && (
        <form method="post" action="/orders">
          <button id="again">Order again</button>
        </form>
      )}
    </main>
  )
}

/** What a page that was just loaded can tell of a payment: nothing, where none was begun. */
async function resume(farthing: Promise<Farthing>, cartId: string): Promise<string> {
  try {
    const { status } = await (
      await farthing
    ).resume({ cartId, createIntent: (key) => createIntent(cartId, key) })
    return status === 'none' || status === 'requires_payment' ? '' : status
  } catch (error) {
    return sentenceOf(error)
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof FarthingError ? error.message : 'Something went wrong.'
}

/** The server prices the cart; what comes from here is which cart, and under which key. */
async function createIntent(cartId: string, key: string) {
  const response = await fetch('/intents', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ cartId, key }),
  })
  if (!response.ok) throw new Error(`The shop answered ${response.status}.`)
  return (await response.json()) as { id: string; clientSecret: string }
}
