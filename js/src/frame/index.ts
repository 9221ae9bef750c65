/**
 * The card form inside its frame. Digits are typed here, checked here by the same core as everywhere,
 * and sent from here to this frame's own origin. What the page around it hears is listed in
 * `../element/protocol.ts`, and is no part of the card but its last four digits.
 */
import { ready } from '../core.js'
import { startForm } from './form.js'

const publishableKey = new URLSearchParams(location.search).get('key') ?? ''
const parentOrigin = new URLSearchParams(location.hash.slice(1)).get('parent')

// On its own, or without a name to answer to, the form stays dead. Where WebAssembly is refused it
// offers itself once the core's fall-back is there.
if (parent !== window && parentOrigin !== null) {
  void ready().then(() => startForm({ publishableKey, parentOrigin }))
}
