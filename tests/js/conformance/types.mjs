// Captured answers against the declarations of the npm package, by the compiler: once as they are, and
// once with their unions closed, since the package leaves every one of them open for words to come.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const modules = fileURLToPath(new URL('../node_modules', import.meta.url))
const OPEN = 'export type OtherString = string & Record<never, never>;'
const CLOSED = 'export type OtherString = never;'

/**
 * Fields that the declarations do not have: what this server adds to events, and what answers of the
 * real API were recorded with although the package does not declare it. Any other is an error.
 */
const BESIDE = {
  event: ['sequence', 'previous_sequence'],
  charge: ['destination', 'dispute', 'order'],
  payment_intent: ['shared_payment_granted_token'],
}

/** `List<Charge>` in the words of the package. */
export function typeOf(word) {
  if (word === 'Refused') return '{ error: Stripe.StripeRawError }'
  const generic = /^(List|Search)<([\w.]+)>$/.exec(word)
  if (generic === null) return `Stripe.${word}`
  const outer = generic[1] === 'List' ? 'ApiList' : 'ApiSearchResult'
  return `Stripe.${outer}<Stripe.${generic[2]}>`
}

/** Without those fields, and without what an event says of before, whose maps hold what differs only. */
function stripped(value) {
  if (Array.isArray(value)) return value.map(stripped)
  if (value === null || typeof value !== 'object') return value
  const beside = BESIDE[value.object] ?? []
  const kept = Object.entries(value).filter(
    ([name]) => !beside.includes(name) && name !== 'previous_attributes',
  )
  return Object.fromEntries(kept.map(([name, inner]) => [name, stripped(inner)]))
}

/** A package of the name `stripe` whose unions hold the words they list and no others. */
function closedPackage(folder) {
  const own = join(folder, 'node_modules', 'stripe')
  mkdirSync(dirname(own), { recursive: true })
  cpSync(join(modules, 'stripe'), own, { recursive: true })
  const shared = join(own, 'esm', 'shared.d.ts')
  const text = readFileSync(shared, 'utf8')
  if (!text.includes(OPEN)) throw new Error('the package opens its unions in another way now')
  writeFileSync(shared, text.replace(OPEN, CLOSED))
}

/**
 * Checks `samples`, each `{ type, body }`; resolves with what the compiler says, by the index of the
 * sample. A literal is assigned, so a field that the type does not have is an error as well.
 */
export function check(samples, unions) {
  const folder = mkdtempSync(join(process.env.FARTHING_TEST_DIR ?? tmpdir(), 'types-'))
  if (unions === 'closed') closedPackage(folder)
  else symlinkSync(modules, join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  const files = samples.map(({ type, body }, index) => {
    const file = join(folder, `sample-${index}.ts`)
    const literal = JSON.stringify(stripped(body), null, 1)
    writeFileSync(
      file,
      `import type Stripe from 'stripe'\nexport const sample: ${typeOf(type)} =\n${literal}\n`,
    )
    return file
  })
  const compilerOptions = {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    module: 'nodenext',
    moduleResolution: 'nodenext',
    target: 'es2022',
    types: [],
  }
  const project = JSON.stringify({ compilerOptions, files })
  writeFileSync(join(folder, 'tsconfig.json'), project)
  const tsc = join(modules, 'typescript', 'bin', 'tsc')
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [tsc, '-p', folder, '--pretty', 'false'],
    { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 },
  )
  const wrong = new Map()
  let at
  for (const line of stdout.split('\n')) {
    const hit = /sample-(\d+)\.ts\((\d+)/.exec(line)
    if (hit !== null) at = Number(hit[1])
    if (at !== undefined && line !== '') wrong.set(at, [...(wrong.get(at) ?? []), line])
  }
  if (status !== 0 && wrong.size === 0) throw new Error(`the compiler failed: ${stdout}${stderr}`)
  return wrong
}
