/** The compiled diagnosis. */
import bytes from '../../wasm/diagnose.bytes.js'
import { type Artefact, artefact } from '../wasm/instance.js'

export { call } from '../wasm/call.js'

export const wasm: Artefact = artefact(
  'diagnose',
  bytes,
  () => import('../../wasm/diagnose.twin.js'),
)
