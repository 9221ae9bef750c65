// After a trap the instance is discarded and made anew, in WebAssembly and in JavaScript alike. The
// trap is provoked behind the package's back: nothing that it exports can do it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bundled } from './support.mjs'

const INSIDE = `
  export { FarthingError } from '../../src/errors.ts'
  export { call } from '../../src/wasm/call.ts'
  export { artefact, useTwin } from '../../src/wasm/instance.ts'
  export { default as core } from '../../wasm/core.bytes.js'
  export { default as instantiate } from '../../wasm/core.twin.js'`

const WAYS = { WebAssembly: (inside) => inside.core, JavaScript: () => 'not WebAssembly' }

for (const [way, source] of Object.entries(WAYS)) {
  test(`a trap is an error with a code, and the next call has a new instance: ${way}`, async () => {
    const inside = await load()
    const { FarthingError, artefact, call, instantiate, useTwin } = inside
    useTwin('core', instantiate)
    const core = artefact('core', source(inside))
    const parse = () => call(core, 'money_parse', ['12.34', 'usd'])[0]
    assert.equal(parse(), '1234')
    const first = core.exports()
    assert.equal(core.exports(), first, 'one instance serves many calls')

    // A wild length: there is no such memory to be had.
    const corrupt = { ...core, exports: () => ({ ...first, begin: () => first.begin(-1) }) }
    assert.throws(
      () => call(corrupt, 'money_parse', ['12.34', 'usd']),
      (error) => error instanceof FarthingError && error.code === 'internal' && 'cause' in error,
    )
    assert.equal(parse(), '1234')
    assert.notEqual(core.exports(), first, 'the instance that trapped is gone')
  })

  test(`memory that was overwritten does no more than trap: ${way}`, async () => {
    const inside = await load()
    const { FarthingError, artefact, call, instantiate, useTwin } = inside
    useTwin('core', instantiate)
    const core = artefact('core', source(inside))
    const facts = () => call(core, 'currency_facts', ['jpy'])
    const whole = facts()
    new Uint8Array(core.exports().memory.buffer).fill(0xff)
    let answer
    try {
      answer = facts()
    } catch (error) {
      assert.ok(error instanceof FarthingError)
    }
    // An instance that answered is not known to be broken; one that trapped was made anew.
    if (answer === undefined) assert.deepEqual(facts(), whole)
  })
}

/** The inside of the package, a new copy each time. */
async function load() {
  const files = await bundled({ inside: INSIDE }, { splitting: false })
  const [source] = files.values()
  const encoded = Buffer.from(source).toString('base64')
  return import(`data:text/javascript;base64,${encoded}#${Math.random()}`)
}
