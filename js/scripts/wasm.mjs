// Builds the two artefacts of crates/wasm and their twins in JavaScript, and writes them where the
// sources import them: js/wasm/{core,verify,diagnose}.wasm, .bytes.js (the same, embedded) and .twin.js.
//
// cargo compiles; binaryen makes it small. Two things are taken out that only a panic would read: the
// functions that would format its message (the panic handler traps without looking), and the words
// and paths of source files in them.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import binaryen from 'binaryen'

const TARGET = 'wasm32-unknown-unknown'

// Reached by panics only, or by the formatting macros, which nothing in the artefacts uses: core
// prints without them (`farthing_core::print`). Were one to come in, it would trap, and the corpus
// of calls, which has every sentence in it, would not replay alike.
const ONLY_FOR_PANICS = new RegExp(
  [
    'core9panicking',
    'slice_error_fail',
    'slice_index_fail',
    'slice5index.*fail',
    'len_mismatch_fail',
    'unwrap_failed',
    'expect_failed',
    'handle_error',
    'handle_alloc_error',
    'capacity_overflow',
    'panic_on_ord',
    'Debug.*3fmt',
    'Write9write_fmt',
    'fmt5write$',
  ].join('|'),
)
// The words of the same messages, and the pairs of digits of their numbers.
const PANIC_WORDS = new RegExp(
  [
    'range (?:start|end) index ',
    'slice index starts at ',
    ' but ends at ',
    ' out of range for slice of length ',
    'copy_from_slice: source slice length \\(',
    '\\) does not match destination slice length \\(',
    'mid > len',
    'attempt to (?:add|subtract|multiply) with overflow',
    '00010203[0-9]{184}96979899',
  ].join('|'),
  'g',
)
const SOURCE_PATH = /(?:\/rustc\/[0-9a-f]{40}\/library|\/cargo|\/farthing|crates)\/[\w/.-]+?\.rs/g

/** The artefacts, each from the feature of its name. */
const ARTEFACTS = {
  core: [],
  // Every engine of today hashes faster with it; one that does not know it takes the twin.
  verify: ['-Ctarget-feature=+simd128'],
  diagnose: [],
}

/** For a twin: as old a machine as there is, for JavaScript knows no newer instruction. */
const SOFT = {
  flags: ['-Ctarget-cpu=mvp', '--cfg=sha2_backend_soft="compact"'],
  // The rounds of the hash as loops: written out they would be a third of the file.
  config: ['profile.wasm.package.sha2.opt-level="z"'],
}

/** Builds everything into `folder`. */
export function buildWasm({ root, folder }) {
  mkdirSync(folder, { recursive: true })
  const declare = (name, text) => writeFileSync(join(folder, `${name}.d.ts`), text)
  for (const [name, flags] of Object.entries(ARTEFACTS)) {
    const wasm = shrunk(compiled({ root, name, flags }), { name })
    writeFileSync(join(folder, `${name}.wasm`), wasm)
    writeFileSync(join(folder, `${name}.bytes.js`), `export default ${literal(wasm)}\n`)
    declare(
      `${name}.bytes`,
      'declare const source: string | WebAssembly.Module\nexport default source\n',
    )
    const soft = join(folder, 'soft.part.wasm')
    writeFileSync(soft, shrunk(compiled({ root, name, ...SOFT }), { name, isSoft: true }))
    writeFileSync(join(folder, `${name}.twin.js`), twin(root, soft))
    declare(`${name}.twin`, 'export default function instantiate(): Record<string, unknown>\n')
    rmSync(soft)
  }
}

function compiled({ root, name, flags, config = [] }) {
  // The flags are part of what cargo compares, so each build keeps a folder of its own.
  const target = join(root, 'target', 'wasm', config.length > 0 ? `${name}-soft` : name)
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), '.cargo')
  const rustflags = [
    ...flags,
    // A call needs little stack, and every page would pay for more.
    '-Clink-arg=-zstack-size=65536',
    // Two checkouts in two folders give the same bytes.
    `--remap-path-prefix=${cargoHome}=/cargo`,
    `--remap-path-prefix=${root}=/farthing`,
  ]
  const build = ['build', '--locked', '--package', 'farthing-wasm', '--lib', '--target', TARGET]
  // A verifier is called for every webhook there is, and everything else once a payment.
  const profile = name === 'verify' && config.length === 0 ? 'wasm-fast' : 'wasm'
  const chosen = ['--profile', profile, '--no-default-features', '--features', name]
  const { status, error } = spawnSync(
    'cargo',
    [...build, ...chosen, ...config.flatMap((line) => ['--config', line])],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        CARGO_TARGET_DIR: target,
        CARGO_ENCODED_RUSTFLAGS: rustflags.join('\x1f'),
        // The names of functions are needed here, and gone afterwards.
        CARGO_PROFILE_WASM_STRIP: 'debuginfo',
        CARGO_PROFILE_WASM_FAST_STRIP: 'debuginfo',
      },
    },
  )
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
  return readFileSync(join(target, TARGET, profile, 'farthing_wasm.wasm'))
}

function shrunk(bytes, { name, isSoft = false }) {
  const module = binaryen.readBinary(bytes)
  for (let index = 0; index < module.getNumFunctions(); index += 1) {
    const fn = module.getFunctionByIndex(index)
    const info = binaryen.getFunctionInfo(fn)
    if (info.module === '' && ONLY_FOR_PANICS.test(info.name)) {
      binaryen.Function.setBody(fn, module.unreachable())
    }
  }
  for (const mark of ['__heap_base', '__data_end']) module.removeExport(mark)
  binaryen.setDebugInfo(false)
  binaryen.setOptimizeLevel(2)
  binaryen.setShrinkLevel(name === 'verify' && !isSoft ? 1 : 2)
  if (isSoft) {
    // What rustc's own library was compiled with, taken back.
    module.runPasses([
      'signext-lowering',
      'llvm-memory-copy-fill-lowering',
      'llvm-nontrapping-fptoint-lowering',
    ])
  }
  // A function that is called once stays one, where there are many of a kind: shorter code that repeats
  // compresses better. The verifier's are few.
  binaryen.setOneCallerInlineMaxSize(name === 'verify' && !isSoft ? 5000 : 1)
  module.optimize()
  module.runPasses(['gufa-optimizing'])
  module.optimize()
  module.runPasses(['strip-debug', 'strip-producers', 'strip-target-features'])
  const small = Buffer.from(module.emitBinary())
  module.dispose()
  return Buffer.from(
    [SOURCE_PATH, PANIC_WORDS].reduce(
      (text, dead) => text.replaceAll(dead, (found) => '\0'.repeat(found.length)),
      small.toString('latin1'),
    ),
    'latin1',
  )
}

/** A soft build as JavaScript: a function that makes an instance. */
function twin(root, soft) {
  const bin = join(root, 'js', 'node_modules', '.bin', 'wasm2js')
  const { status, stdout, stderr } = spawnSync(bin, ['-Oz', soft], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  if (status !== 0) throw new Error(`wasm2js: ${stderr}`)
  // It is written to run at once and to export one instance. Ours runs when it is asked to.
  const end = stdout.indexOf('\nvar retasmFunc')
  if (end < 0 || stdout.startsWith('import ')) throw new Error('wasm2js writes another shape')
  return `export default function instantiate() {\n${stdout.slice(0, end)}\nreturn asmFunc({})\n}\n`
}

/**
 * Bytes as a string of printable ASCII, read back by js/src/wasm/instance.ts: the 89 lowest, which are
 * most of WebAssembly, are one character each, the others two. Under compression that costs 1 %;
 * base64, which hides from the compressor where a byte begins, costs 27 %.
 */
function literal(bytes) {
  const digit = (value) => String.fromCharCode(value + (value > 56 ? 36 : 35))
  const text = Array.from(bytes, (byte) =>
    byte < 89 ? digit(byte) : digit(89 + Math.floor((byte - 89) / 91)) + digit((byte - 89) % 91),
  )
  return `"${text.join('')}"`
}
