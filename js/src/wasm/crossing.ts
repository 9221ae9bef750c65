/**
 * How a call crosses: texts in, texts out, each as a length in four little-endian bytes and its UTF-8;
 * numbers as decimal text, for a number that crosses as itself may wrap or round without a word.
 */
import type { Exports } from './instance.js'

const LENGTH_BYTES = 4
const UTF8_BYTES_PER_UNIT = 3
const encoder = /* @__PURE__ */ new TextEncoder()
const decoder = /* @__PURE__ */ new TextDecoder()

/** Calls a function of an instance: whether it answers a fault, and the texts of its answer. */
export function crossed(
  instance: Exports,
  name: string,
  args: readonly (string | Uint8Array)[],
): [isFault: boolean, reply: string[]] {
  const most = args.reduce((sum, arg) => {
    const bytes = typeof arg === 'string' ? arg.length * UTF8_BYTES_PER_UNIT : arg.length
    return sum + LENGTH_BYTES + bytes
  }, 0)
  const start = instance.begin(most)
  // The memory may have grown, so it is looked at anew.
  let view = new DataView(instance.memory.buffer)
  let memory = new Uint8Array(view.buffer)
  let at = start
  for (const arg of args) {
    const room = memory.subarray(at + LENGTH_BYTES)
    let length = arg.length
    if (typeof arg === 'string') length = encoder.encodeInto(arg, room).written
    else room.set(arg)
    view.setUint32(at, length, true)
    at += LENGTH_BYTES + length
  }
  at = (instance[name] as (length: number) => number)(at - start)
  view = new DataView(instance.memory.buffer)
  memory = new Uint8Array(view.buffer)
  const end = at + LENGTH_BYTES + view.getUint32(at, true)
  const isFault = memory[at + LENGTH_BYTES] !== 0
  const reply = []
  for (at += LENGTH_BYTES + 1; at < end; ) {
    const from = at + LENGTH_BYTES
    at = from + view.getUint32(at, true)
    reply.push(decoder.decode(memory.subarray(from, at)))
  }
  return [isFault, reply]
}
