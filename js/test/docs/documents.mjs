// The code in the package's documents, as a reader would copy it: fenced blocks with a file's name.
import { readFileSync, readdirSync } from 'node:fs'

const folder = new URL('../../', import.meta.url)

/** Every document of the package. */
export function documents() {
  const pages = readdirSync(new URL('docs/', folder)).filter((name) => name.endsWith('.md'))
  return ['README.md', ...pages.map((name) => `docs/${name}`)]
}

/** The named blocks of a document, and how many have code but no name. */
export function blocksOf(document) {
  const text = readFileSync(new URL(document, folder), 'utf8')
  const blocks = []
  for (const [, language, file, code] of text.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms)) {
    blocks.push({ document, language, file, code })
  }
  return blocks
}

/**
 * A module whose remarks are checked: what stands before `// =>` must print as what stands behind it,
 * and what stands before `// throws` must throw that code.
 */
export function checked(code) {
  const lines = code.split('\n').map((line) => {
    const [, indent, before, kind, after] = /^(\s*)(.+?) \/\/ (=>|throws) (\S.*)$/.exec(line) ?? []
    if (kind === '=>') return `${indent}says(${JSON.stringify(after)}, (${before}))`
    if (kind === 'throws' && /^[a-z_]+$/.test(after)) {
      return `${indent}fails(${JSON.stringify(after)}, () => ${before})`
    }
    return line
  })
  return `import assert from 'node:assert/strict'
import { inspect } from 'node:util'
const says = (said, value) => assert.equal(inspect(value), said)
const fails = (code, act) => assert.throws(act, { code })
${lines.join('\n')}`
}
