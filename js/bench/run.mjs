// `npm run bench`: webhook verification beside its peers. `-- --check` fails when a bound is missed,
// `-- --json FILE` writes all of it, `-- --rounds N` and `-- --round-ms N` change the effort.
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { benchNode, versions } from './node.mjs'
import { benchWorkerd } from './workerd.mjs'

const value = (name, otherwise) => {
  const at = process.argv.indexOf(name)
  return at < 0 ? otherwise : process.argv[at + 1]
}
const rounds = Number(value('--rounds', 9))
const roundMs = Number(value('--round-ms', 60))

const [cpu] = cpus()
const machine = {
  cpu: `${cpu?.model.trim()} x ${cpus().length}`,
  platform: `${process.platform} ${process.arch}`,
  node: process.version,
  peers: versions(),
}
console.log(`${machine.cpu}, ${machine.platform}, Node ${machine.node}`)
console.log(
  Object.entries(machine.peers)
    .map((pair) => pair.join(' '))
    .join(', '),
)
console.log(
  `Microseconds a webhook, signature only unless it says parse; medians of ${rounds} rounds of ` +
    `${roundMs} ms, all contenders in every round. Each was shown to refuse a flipped signature, a ` +
    'truncated body and, where a time is signed, an old timestamp.',
)

const missed = []
const node = await benchNode({ rounds, roundMs })
print('In Node', node)
const { results: workerd, notRun } = await benchWorkerd({ rounds })
if (workerd) print('In workerd', workerd)
else console.log(`\nIn workerd: not run: ${notRun}.`)

const file = value('--json', undefined)
if (file) writeFileSync(file, `${JSON.stringify({ machine, node, workerd }, null, 2)}\n`)
if (missed.length > 0) console.log(`\nMissed:\n${missed.join('\n')}`)
else console.log('\nEvery bound is kept.')
if (process.argv.includes('--check') && missed.length > 0) process.exitCode = 1

function print(title, results) {
  const sizes = results.map(({ size }) => `${size} B`)
  console.log(`\n${title}`)
  row('µs', sizes)
  for (const name of Object.keys(results[0].micros)) {
    row(
      name,
      results.map(({ micros }) => micros[name].median.toFixed(2)),
    )
  }
  console.log('\nshare of the time, median (least to most over rounds)')
  for (const [index, { ours, theirs }] of results[0].ratios.entries()) {
    const cells = results.map(({ size, ratios }) => {
      const { median, min, max, most } = ratios[index]
      if (most !== undefined && median > most) {
        missed.push(`${title}, ${size} B: ${ours} / ${theirs}: ${median.toFixed(3)} > ${most}`)
      }
      const bound = most === undefined ? '' : ` <= ${most}`
      return `${median.toFixed(2)}${bound} (${min.toFixed(2)}-${max.toFixed(2)})`
    })
    row(`${ours} / ${theirs}`, cells)
  }
}

function row(name, cells) {
  console.log(`${name.padEnd(70)}${cells.map((cell) => cell.padStart(27)).join('')}`)
}
