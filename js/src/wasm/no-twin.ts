/** Stands for the JavaScript twin where there is no use for it. */
export default function instantiate(): never {
  throw new Error('WebAssembly is refused here.')
}
