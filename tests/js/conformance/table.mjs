// The table of what was shown, as a page of the documentation.
import { STEPS } from './steps.mjs'

const HEAD = `# Conformance

What is claimed, and shown by \`tests/js/conformance.test.mjs\` in every run: each route is called by both official clients, npm \`stripe\` 23.1.0 and PyPI \`stripe\` 16.1.0, unmodified, in the one walk of \`tests/conformance/walk.json\`. Every answer to either of them is checked by the TypeScript compiler (\`strict\`) against the declarations of the npm package: once as they are, and once with their unions of words closed, so that a word the package does not list is an error. A field that it does not declare is an error too; the exceptions are named in \`tests/js/conformance/types.mjs\`. \`previous_attributes\` of events is not checked. *Request* stands where the clients have no method, and a plain request is made.

This page is generated: \`npm run conformance\` in \`tests/js\`. A route of the server that is not in it, or one in it that the server has not, fails the test.

| route | node | python | types |
| --- | --- | --- | --- |
`

const snake = (name) =>
  name.replace(/[A-Z]/g, (hit) => `_${hit.toLowerCase()}`).replace(/\.del$/, '.delete')

/** The routes of one path stand together. */
const byPath = (one, other) => {
  const [left, right] = [one, other].map(({ route }) => route.split(' ').reverse().join(' '))
  return left < right ? -1 : 1
}

/** One row for each route, by path. */
export function rows() {
  const found = new Map()
  for (const step of STEPS) {
    const seen = found.get(step.route) ?? { refusals: new Set(), types: new Set() }
    const python = step.python ?? (step.call === undefined ? undefined : snake(step.call))
    const types = seen.types
    if ((step.status ?? 200) === 200) types.add(step.type)
    else seen.refusals.add(step.status)
    found.set(step.route, { ...seen, node: step.call, python })
  }
  return [...found].map(([route, row]) => ({ route, ...row })).sort(byPath)
}

const code = (word) => `\`${word}\``

/** The whole page. */
export function page() {
  const lines = rows().map(({ route, node, python, types, refusals }) => {
    const refused = [...refusals].sort().map((status) => `${status} refused`)
    const checked = [...[...types].map(code), ...refused].join(', ')
    const named = (word) => (word === undefined ? 'request' : code(word))
    return `| ${code(route)} | ${named(node)} | ${named(python)} | ${checked} |\n`
  })
  return HEAD + lines.join('')
}
