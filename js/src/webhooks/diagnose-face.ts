/** The compiled diagnosis, and how a call reaches it: all that is fetched when it is asked for. */
export { default as source } from '../../wasm/diagnose.bytes.js'
export { crossed } from '../wasm/crossing.js'

export const fetchTwin = (): Promise<{ default: () => unknown }> =>
  import('../../wasm/diagnose.twin.js')
