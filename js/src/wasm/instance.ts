/**
 * One compiled artefact: instantiated at the first call, never at import, and made anew after a trap.
 * Where WebAssembly is refused, its JavaScript twin serves instead, once it is there.
 */
import { FarthingError } from '../errors.js'

/** What an instance offers: memory, a place to write a call, and the functions. */
export interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly begin: (length: number) => number
  readonly [name: string]: unknown
}

/** What an artefact is compiled from: its bytes as text, or what a bundler compiled. */
export type Source = string | WebAssembly.Module

/** A way to the instance. */
export interface Artefact {
  /** The instance there is, or a new one. Throws `wasm_unavailable`. */
  exports(): Exports
  /** Forgets the instance: it trapped, and its memory is not to be trusted. */
  discard(): void
  /** Resolves when `exports` will not throw; fetches the twin where it has to. */
  ready(): Promise<void>
}

/** The artefacts there are: each has a twin of its own. */
export type ArtefactName = 'core' | 'verify' | 'diagnose'

const twins: Partial<Record<ArtefactName, () => Exports>> = {}

/** Lets JavaScript serve where WebAssembly cannot. */
export function useTwin(name: ArtefactName, instantiate: () => unknown): void {
  twins[name] = instantiate as () => Exports
}

/** An artefact that is compiled at the first call; `fetchTwin` is called where it is refused. */
export function artefact(
  name: ArtefactName,
  source: Source,
  fetchTwin: () => Promise<{ default: () => unknown }>,
): Artefact {
  let make: (() => Exports) | undefined
  let instance: Exports | undefined
  /**
   * The twin is asked only after WebAssembly was refused: it is right, and slow. Some engines refuse
   * to compile, and WebKit compiles and then refuses to instantiate.
   */
  const first = (): Exports => {
    try {
      const compiled = typeof source === 'string' ? new WebAssembly.Module(bytes(source)) : source
      const again = (): Exports =>
        new WebAssembly.Instance(compiled).exports as unknown as Exports
      const made = again()
      make = again
      return made
    } catch (cause) {
      const twin = twins[name]
      if (twin !== undefined) return (make = twin)()
      throw new FarthingError(
        'wasm_unavailable',
        'WebAssembly is refused here. Await ready() first, or import @farthing/sdk/js.',
        { cause },
      )
    }
  }
  const exports = (): Exports => (instance ??= make === undefined ? first() : make())
  return {
    exports,
    discard: () => {
      instance = undefined
    },
    ready: async () => {
      try {
        exports()
      } catch {
        useTwin(name, (await fetchTwin()).default)
        exports()
      }
    },
  }
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  const list = new Uint8Array(text.length)
  let at = 0
  let length = 0
  const digit = (): number => {
    const code = text.charCodeAt(at)
    at += 1
    return code - (code > 92 ? 36 : 35)
  }
  while (at < text.length) {
    const first = digit()
    list[length] = first < 89 ? first : 89 + (first - 89) * 91 + digit()
    length += 1
  }
  return list.slice(0, length)
}
