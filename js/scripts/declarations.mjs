// Which declarations are shipped: those of the entries, and what they mention in turn. The others say
// how it is made inside, which is nobody's business and may change.
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Removes the declarations under `folder` that no file of `entries` leads to. */
export function prune(folder, entries) {
  const kept = new Set()
  const visit = (path) => {
    if (kept.has(path)) return
    kept.add(path)
    const text = readFileSync(path, 'utf8')
    for (const [, to] of text.matchAll(/(?:from|import|import\()\s*['"](\.[^'"]+)\.js['"]/g)) {
      visit(join(dirname(path), `${to}.d.ts`))
    }
  }
  for (const entry of entries) visit(join(folder, entry))
  sweep(folder, kept)
}

function sweep(folder, kept) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) sweep(path, kept)
    else if (name.endsWith('.d.ts') && !kept.has(path)) rmSync(path)
  }
  if (existsSync(folder) && readdirSync(folder).length === 0) rmSync(folder, { recursive: true })
}
