// Takes over, in the browser, what the server has rendered.
import { hydrateRoot } from 'react-dom/client'
import { Checkout, type CheckoutProps } from './checkout.js'

const props = JSON.parse(document.getElementById('props')!.textContent!) as CheckoutProps

hydrateRoot(document.getElementById('root')!, <Checkout {...props} />, {
  onRecoverableError: (error) => console.error(error),
})
