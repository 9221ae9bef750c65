// What the running server has: the paths that its router names, with the methods that it answers.
import { readFileSync } from 'node:fs'

const source = new URL('../../../crates/server/src/router.rs', import.meta.url)

/** Every path below `/v1/` that the router's source names. */
export function paths() {
  const named = readFileSync(source, 'utf8').matchAll(/"(\/v1\/[^"]*)"/g)
  return [...new Set([...named].map(([, path]) => path))]
}

/** Whether the server has a method at a path. Without a key nothing is done, and nothing else is told. */
async function answers(url, method, path) {
  const response = await fetch(`${url}${path.replaceAll(/[{}]/g, '')}`, { method })
  const { error } = await response.json()
  return !/^Unrecognized request URL/.test(error?.message ?? '')
}

/** `POST /v1/charges/{id}` and so on. */
export async function routes(url) {
  const found = []
  for (const path of paths()) {
    for (const method of ['GET', 'POST', 'DELETE']) {
      if (await answers(url, method, path)) found.push(`${method} ${path}`)
    }
  }
  return found
}
