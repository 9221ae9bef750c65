// Every route, by both official clients; every answer, against the types of the npm package.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { initialize, startBackend } from './backend.mjs'
import { routes } from './conformance/router.mjs'
import { STEPS } from './conformance/steps.mjs'
import { page, rows } from './conformance/table.mjs'
import { check } from './conformance/types.mjs'
import { walkInNode, walkInPython } from './conformance/walk.mjs'

const document = new URL('../../crates/CONFORMANCE.md', import.meta.url)
const servers = []
const walked = {}

/** A server of its own for each client: both do the same, numbers of merchants and all. */
async function serve() {
  const keys = await initialize()
  const server = await startBackend({ folder: keys.folder, dev: false })
  servers.push(server)
  return { ...server, ...keys }
}

before(async () => {
  const [one, two] = [await serve(), await serve()]
  const [node, python] = await Promise.all([walkInNode(one), walkInPython(two)])
  Object.assign(walked, { node, python })
})
after(async () => {
  await Promise.all(servers.map((server) => server.stop()))
  console.log(page().slice(page().indexOf('| route')))
})

for (const name of ['node', 'python']) {
  test(`the client in ${name}: every step is answered as it should be`, () => {
    const answers = walked[name]
    assert.equal(answers.length, STEPS.length)
    const wrong = STEPS.flatMap((step, index) => {
      const { status, body } = answers[index]
      const said = body.openapi === undefined ? body.object : 'farthing.openapi'
      const ours = [said, `farthing.${said}`].includes(step.type)
      const own = !step.type.startsWith('farthing.') || ours
      if (status === (step.status ?? 200) && own) return []
      return [`step ${index}, ${step.route}: ${status} ${JSON.stringify(body).slice(0, 400)}`]
    })
    assert.deepEqual(wrong, [])
  })
}

describe('types', () => {
  const samples = (name) =>
    STEPS.map(({ type, route }, index) => ({ type, route, ...walked[name][index] })).filter(
      ({ type }) => !type.startsWith('farthing.'),
    )

  for (const unions of ['open', 'closed']) {
    test(`every answer is what the package declares, its unions ${unions}`, () => {
      const all = [...samples('node'), ...samples('python')]
      const wrong = [...check(all, unions)].map(([at, said]) => [all[at].route, ...said].join('\n'))
      assert.deepEqual(wrong, [])
    })
  }

  test('a word that is not listed, a field too many, too few and of another type are all seen', () => {
    const paid = samples('node').find(({ body }) => body.status === 'succeeded')
    assert.equal(paid.type, 'PaymentIntent')
    const { amount, ...less } = paid.body
    const broken = [
      { ...paid.body, status: 'paid' },
      { ...paid.body, nonsense: 1 },
      less,
      { ...paid.body, amount: String(amount) },
    ].map((body) => ({ type: paid.type, body }))
    assert.deepEqual([...check(broken, 'closed').keys()].sort(), [0, 1, 2, 3])
    assert.deepEqual([...check(broken, 'open').keys()].sort(), [1, 2, 3])
  })
})

test('what is claimed is what the server has', async () => {
  const claimed = rows().map(({ route }) => route)
  assert.deepEqual(claimed.sort(), (await routes(servers[0].url)).sort())
})

test('the page is the one that this walk makes', () => {
  if (process.env.UPDATE !== undefined) writeFileSync(document, page())
  assert.equal(readFileSync(document, 'utf8'), page(), 'npm run conformance makes it anew')
})
