// Makes the compiled Worker small: binaryen, after three things are taken out that nothing here needs.
//
// 1. What a panic would say. A panic traps at its first step instead of composing a message, and
//    worker-build's recovery goes by the trap (see build.mjs). Where it was can still be told: the
//    runtime logs the numbers of the functions, and `functions.names` beside the artefact has their names.
// 2. Exports of classes that the crate `worker` and its streams bring along for everybody.
// 3. The paths of source files.
import binaryen from 'binaryen'

/** Reached by panics only. (No `{:?}` of a type of our own in a text that is shown: it would trap.) */
const ONLY_FOR_PANICS = new RegExp(
  [
    'core::panicking::',
    'std::panicking::(?:begin_panic|default_hook|panic_handler|panic_with_hook)',
    'worker::init::init::\\{\\{closure\\}\\}', // The hook, which would send the message to the log.
    '__rustc::(?:rust_panic|rust_begin_unwind|__rust_start_panic|__rust_foreign_exception)',
    'rust_begin_unwind|rust_panic|begin_panic',
    'slice_error_fail|slice_index_fail|slice::index::\\S*fail',
    '(?:unwrap|expect)_(?:throw_)?failed',
    'handle_alloc_error|handle_error|capacity_overflow|alloc_error_handler|rust_oom',
    'panic_on_ord|panic_already|panic_nounwind|copy_from_slice\\S*mismatch|len_mismatch_fail',
    // What the standard library's own hook would print it with: there is no terminal and no file here.
    '^<?std::(?:io|thread::current|backtrace|sys::backtrace|sys::stdio)',
    ' as std::io::Write>::',
    // Values as a programmer would see them: what unwrap() and the hook print. Nothing that is shown
    // is quoted or padded.
    ' as core::fmt::Debug>::fmt|::fmt::builders::PadAdapter |core::str::count::do_count_chars',
    '^<core::cell::Borrow(?:Mut)?Error as |core::panic::location|std::sys::backtrace|default_write_fmt',
  ].join('|'),
)
/** What is left in the table of functions of streams that begin in Rust: none can. */
const FOREIGN_CODE = /wasm_streams::|futures_util::/
/** Classes for streams that begin in Rust, websockets and containers. */
const FOREIGN_CLASS = /(?:intounderlying(?:byte)?s(?:ource|ink)|containerstartupoptions|minifyconfig|r2range)_/
const SOURCE_PATH = /(?:\/rustc\/[0-9a-f]{40}\/library|\/rust\/deps|\/cargo|\/farthing|crates)\/[\w/.+-]+?\.rs/g

/** The artefact of the compiled bytes, the names of its functions by number, and of what goes in and out. */
export function shrink(bytes) {
  const module = binaryen.readBinary(bytes)
  // wasm-bindgen catches what the runtime throws, and does not say so among the features: without this
  // one, every handler would be taken for dead, and an error of a statement would end the request unheard.
  const { ExceptionHandling, GC } = binaryen.Features
  module.setFeatures((module.getFeatures() | ExceptionHandling) & ~GC)
  for (let index = 0; index < module.getNumFunctions(); index += 1) {
    const ref = module.getFunctionByIndex(index)
    const { name, module: from } = binaryen.getFunctionInfo(ref)
    if (from === '' && (ONLY_FOR_PANICS.test(plain(name)) || FOREIGN_CODE.test(plain(name)))) binaryen.Function.setBody(ref, module.unreachable())
  }
  const exported = Array.from({ length: module.getNumExports() }, (_, index) => {
    return binaryen.getExportInfo(module.getExportByIndex(index)).name
  })
  for (const name of exported) if (FOREIGN_CLASS.test(name)) module.removeExport(name)

  binaryen.setDebugInfo(false)
  binaryen.setOptimizeLevel(2)
  binaryen.setShrinkLevel(2)
  binaryen.setOneCallerInlineMaxSize(20)
  module.optimize()
  module.optimize() // The second time finds what the first has laid open.

  const names = []
  const imports = []
  for (let index = 0; index < module.getNumFunctions(); index += 1) {
    const info = binaryen.getFunctionInfo(module.getFunctionByIndex(index))
    if (info.module !== '') imports.push(info.base)
    names.push(info.name)
  }
  const exports = Array.from({ length: module.getNumExports() }, (_, index) => {
    return binaryen.getExportInfo(module.getExportByIndex(index)).name
  })
  const needed = imports.find((name) => /intounderlying\w+_new/.test(name))
  if (needed) throw new Error(`${needed}: a stream that begins in Rust needs the exports of its class`)
  module.runPasses(['strip-debug', 'strip-producers', 'strip-target-features'])
  const wasm = Buffer.from(module.emitBinary())
  module.dispose()
  blank(wasm)
  return { wasm, names, imports, exports }
}

/**
 * Blanks what only a panic would read: the paths of source files, and each record of a place in one
 * (address and length of the path, line, column: four words).
 */
function blank(wasm) {
  const all = segments(wasm)
  const lengths = new Map()
  for (const { address, start, end } of all) {
    for (const { index, 0: path } of wasm.toString('latin1', start, end).matchAll(SOURCE_PATH)) {
      lengths.set(address + index, path.length)
      wasm.fill(0, start + index, start + index + path.length)
    }
  }
  for (const { address, start, end } of all) {
    const first = start + ((4 - (address % 4)) % 4)
    for (let at = first; at + 16 <= end; at += 4) {
      const length = lengths.get(wasm.readUInt32LE(at))
      // The length may count a zero at the end.
      if (length !== undefined && wasm.readUInt32LE(at + 4) <= length + 1) wasm.fill(0, at, at + 16)
    }
  }
}

/** Where the segments of data are, in memory and in the file: one that begins at a constant each. */
function segments(wasm) {
  for (let at = 8; at < wasm.length; ) {
    const id = wasm[at]
    const [length, start] = number(wasm, at + 1)
    at = start + length
    if (id !== DATA) continue
    let [count, from] = number(wasm, start)
    return Array.from({ length: count }, () => {
      const [kind, expression] = number(wasm, from)
      if (kind !== 0 || wasm[expression] !== 0x41) throw new Error('a segment of data of another kind')
      const [address, end] = number(wasm, expression + 1)
      const [size, first] = number(wasm, end + 1) // After the end of the expression.
      from = first + size
      return { address, start: first, end: from }
    })
  }
  return []
}

/**
 * The same module with other names for what it imports and exports. Those of wasm-bindgen end in
 * hashes, which no compression makes small, and stand in the wasm as well as in the module around it.
 */
export function renamed(wasm, names) {
  const name = (at) => {
    const [length, start] = number(wasm, at)
    const text = wasm.toString('utf8', start, start + length)
    const bytes = Buffer.from(names.get(text) ?? text)
    return { bytes: Buffer.concat([leb(bytes.length), bytes]), end: start + length }
  }
  const out = [wasm.subarray(0, 8)]
  for (let at = 8; at < wasm.length; ) {
    const id = wasm[at]
    const [length, start] = number(wasm, at + 1)
    at = start + length
    if (id !== IMPORTS && id !== EXPORTS) {
      out.push(Buffer.from([id]), leb(length), wasm.subarray(start, at))
      continue
    }
    const [count, first] = number(wasm, start)
    const entries = [leb(count)]
    for (let entry = 0, from = first; entry < count; entry += 1) {
      for (let part = 0; part < (id === IMPORTS ? 2 : 1); part += 1) {
        const { bytes, end } = name(from)
        entries.push(bytes)
        from = end
      }
      // A kind and a number; before the number of a tag's type stands a zero.
      const [, end] = number(wasm, from + (id === IMPORTS && wasm[from] === TAG ? 2 : 1))
      if (id === IMPORTS && ![FUNCTION, TAG].includes(wasm[from])) throw new Error('an import of another kind')
      entries.push(wasm.subarray(from, end))
      from = end
    }
    const section = Buffer.concat(entries)
    out.push(Buffer.from([id]), leb(section.length), section)
  }
  return Buffer.concat(out)
}

/** Sections, and kinds of what is in them. */
const [IMPORTS, EXPORTS, DATA, FUNCTION, TAG] = [2, 7, 11, 0, 4]

/** A whole number as it stands in a wasm, and where what follows it begins. */
function number(wasm, at) {
  let value = 0
  for (let shift = 0; ; shift += 7) {
    const byte = wasm[at++]
    value += (byte & 127) * 2 ** shift
    if (byte < 128) return [value, at]
  }
}

function leb(value) {
  const bytes = []
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value & 127) | 128)
  return Buffer.from([...bytes, value])
}

/** A name without the hashes of crates. */
function plain(name) {
  return name.replace(/\[[0-9a-f]{8,}\]/g, '')
}
