// The corpus of calls, replayed by WebAssembly and by its twin in JavaScript: what native code answered,
// byte for byte. The lines are what a fuzzer found worth keeping.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { FARTHING_ERROR_CODES } from '@farthing/sdk'

const wasm = new URL('../../wasm/', import.meta.url)
const ARTEFACTS = ['core', 'verify', 'diagnose']
const FAULT = 1
const BY_BODY = -1
const SIGN = -3
const SCHEMES = 5
const HEAD_BYTES = 16

const textOf = (file) =>
  readFileSync(new URL(`../../../tests/corpus/${file}`, import.meta.url), 'utf8')
const linesOf = (file) =>
  textOf(file)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
const bytesOf = (base64) => new Uint8Array(Buffer.from(base64, 'base64'))

const WAYS = {
  WebAssembly: (name) => {
    const module = new WebAssembly.Module(readFileSync(new URL(`${name}.wasm`, wasm)))
    return new WebAssembly.Instance(module).exports
  },
  JavaScript: async (name) => (await import(new URL(`${name}.twin.js`, wasm))).default(),
}

for (const [way, instantiate] of Object.entries(WAYS)) {
  const exports = async () => {
    const all = await Promise.all(ARTEFACTS.map(instantiate))
    return (name) => all.find((each) => name in each)
  }

  test(`calls: ${way}`, async () => {
    const of = await exports()
    const lines = linesOf('calls.jsonl')
    assert.ok(lines.length > 500)
    for (const { name, call, reply } of lines) {
      const instance = of(name)
      const given = bytesOf(call)
      const start = instance.begin(given.length)
      new Uint8Array(instance.memory.buffer).set(given, start)
      const at = instance[name](given.length)
      const length = new DataView(instance.memory.buffer).getUint32(at, true)
      const found = Buffer.from(instance.memory.buffer, at, length + 4)
      assert.equal(found.toString('base64'), reply, `${name} ${call}`)
    }
  })

  test(`in place: ${way}`, async () => {
    const instance = (await exports())('verify')
    const lines = linesOf('in-place.jsonl')
    assert.ok(lines.length > 30)
    for (const { name, bytes, numbers, answer, after } of lines) {
      const given = bytesOf(bytes)
      const start = instance.begin(given.length)
      new Uint8Array(instance.memory.buffer).set(given, start)
      assert.equal(instance[name](given.length, ...numbers), answer, `${name} ${bytes}`)
      const found = Buffer.from(instance.memory.buffer, start, given.length)
      assert.equal(found.toString('base64'), after, `${name} ${bytes}`)
    }
  })

  test(`signatures: ${way}`, async () => {
    const instance = (await exports())('verify')
    const lines = linesOf('signatures.jsonl')
    assert.ok(lines.length > 500)
    for (const {
      bytes,
      lengths,
      now_ms: nowMs,
      tolerance_s: toleranceS,
      answer,
      beside,
    } of lines) {
      const given = bytesOf(bytes)
      const start = instance.begin(given.length)
      new Uint8Array(instance.memory.buffer).set(given, start)
      assert.equal(instance.verify(...lengths, Number(nowMs), toleranceS, BY_BODY), answer, bytes)
      const found = Buffer.from(instance.memory.buffer, start, 8)
      assert.equal(found.toString('base64'), beside, bytes)
    }
  })

  test(`signing: ${way}`, async () => {
    const instance = (await exports())('verify')
    const lines = linesOf('signing.jsonl')
    assert.ok(lines.length > 30)
    for (const { bytes, lengths, answer, written } of lines) {
      const given = bytesOf(bytes)
      const start = instance.begin(given.length)
      new Uint8Array(instance.memory.buffer).set(given, start)
      assert.equal(instance.verify(...lengths, 0, 0, SIGN), answer, bytes)
      const at = lengths.slice(0, 3).reduce((sum, length) => sum + length, start + HEAD_BYTES)
      assert.equal(Buffer.from(instance.memory.buffer, at, answer).toString(), written, bytes)
    }
  })

  test(`texts: ${way}`, async () => {
    const instance = (await exports())('verify')
    const memory = Buffer.from(instance.memory.buffer)
    const at = instance.verify_texts()
    const text = textOf('webhook-texts.txt')
    assert.equal(memory.toString('utf8', at, memory.indexOf(0, at)), text)
  })
}

test('every code that a call can be refused with is in the one union', () => {
  const codes = new Set()
  for (const { reply } of linesOf('calls.jsonl')) {
    const bytes = Buffer.from(reply, 'base64')
    if (bytes[4] === FAULT) codes.add(bytes.toString('utf8', 9, 9 + bytes.readUInt32LE(5)))
  }
  const faults = textOf('webhook-texts.txt').trim().split('\n').slice(SCHEMES)
  for (const fault of faults) codes.add(fault.slice(0, fault.indexOf(' ')))
  assert.ok(codes.size >= 20, [...codes].join(' '))
  for (const code of codes) assert.ok(FARTHING_ERROR_CODES.includes(code), code)
})
