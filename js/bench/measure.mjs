/** A round's share of a contender comes in slices: a machine that others load changes within a round. */
const SLICES = 6

/**
 * Interleaves contenders: every round runs each of them once, in an order that rotates, so that a noisy
 * machine hurts all alike and ratios stay true.
 */
export async function interleave(contenders, { rounds = 9, roundMs = 60 } = {}) {
  const micros = new Map(contenders.map(({ name }) => [name, []]))
  for (const each of contenders) await run(each, roundMs / 2)
  for (let round = 0; round < rounds; round += 1) {
    const spent = new Map(contenders.map(({ name }) => [name, { ms: 0, calls: 0 }]))
    for (let slice = 0; slice < SLICES; slice += 1) {
      for (let place = 0; place < contenders.length; place += 1) {
        const each = contenders[(place + round + slice) % contenders.length]
        const { ms, calls } = await run(each, roundMs / SLICES)
        const sum = spent.get(each.name)
        sum.ms += ms
        sum.calls += calls
      }
    }
    for (const [name, { ms, calls }] of spent) micros.get(name).push((ms * 1000) / calls)
  }
  return micros
}

/** Calls for at least so many milliseconds. */
async function run({ call, isAsync = false, per = 1 }, ms) {
  const chunk = 16
  let calls = 0
  const start = performance.now()
  let spent
  do {
    if (isAsync) for (let n = 0; n < chunk; n += 1) await call()
    else for (let n = 0; n < chunk; n += 1) call()
    calls += chunk
    spent = performance.now() - start
  } while (spent < ms)
  return { ms: spent, calls: calls * per }
}

/** The median, least and most of a list. */
export function spread(list) {
  const sorted = [...list].sort((a, b) => a - b)
  const [min, max] = [sorted[0], sorted.at(-1)]
  return { median: sorted[sorted.length >> 1], min, max }
}

/** One contender's time as a share of another's, round by round. */
export function ratio(micros, ours, theirs) {
  const [a, b] = [micros.get(ours), micros.get(theirs)]
  return spread(a.map((each, round) => each / b[round]))
}
