// Both official clients, each over the whole walk: what every step was answered, raw.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import Stripe from 'stripe'
import { STEPS, pairs, pathOf, resolve } from './steps.mjs'

const root = new URL('../../../', import.meta.url)
const python = fileURLToPath(new URL('target/venv/bin/python', root))
const script = fileURLToPath(new URL('tests/conformance/walk.py', root))

/** A client that hands out the bytes of what it was answered. */
function client(server) {
  const raw = { body: undefined }
  const http = Stripe.createFetchHttpClient(async (...request) => {
    const response = await fetch(...request)
    raw.body = await response.clone().json()
    return response
  })
  const options = { host: '127.0.0.1', port: server.port, protocol: 'http' }
  const stripe = new Stripe(server.secret, { ...options, httpClient: http, maxNetworkRetries: 0 })
  return { stripe, raw }
}

async function called({ stripe, raw }, step, ids, params) {
  const path = step.call.split('.')
  const method = path.pop()
  const resource = path.reduce((found, part) => found[part], stripe)
  const options = step.idempotency === undefined ? {} : { idempotencyKey: step.idempotency }
  try {
    const answer = await resource[method](...ids, params, options)
    return { status: answer.lastResponse.statusCode, body: raw.body }
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error
    return { status: error.statusCode, body: raw.body }
  }
}

async function fetched(server, step, path, params) {
  const method = step.route.split(' ')[0]
  const form = new URLSearchParams(Object.entries(params).flatMap(([k, v]) => pairs(v, k)))
  const key = step.key === 'operator' ? server.operator : server.secret
  const query = method === 'POST' ? '' : `?${form}`
  const response = await fetch(`${server.url}${path}${query}`, {
    method,
    headers: { Authorization: `Bearer ${key}` },
    ...(method === 'POST' ? { body: form } : {}),
  })
  return { status: response.status, body: await response.json() }
}

/** Every step by the npm client, or by a plain request where there is no method for it. */
export async function walkInNode(server) {
  const own = client(server)
  const known = {}
  const answers = []
  for (const step of STEPS) {
    const ids = resolve(step.ids ?? [], known)
    const params = resolve(step.params ?? {}, known)
    const answer =
      step.call === undefined
        ? await fetched(server, step, pathOf(step, ids), params)
        : await called(own, step, ids, params)
    if (step.as !== undefined) known[step.as] = answer.body
    answers.push(answer)
  }
  return answers
}

/** The same by the PyPI client, in a process of its own. */
export async function walkInPython(server) {
  const args = [script, server.url, server.secret, server.operator]
  const { stdout } = await promisify(execFile)(python, args, { maxBuffer: 1 << 28 })
  const lines = stdout.trim().split('\n')
  return lines.map((line) => JSON.parse(line)).map(({ status, body }) => ({ status, body }))
}
