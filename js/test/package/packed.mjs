// Packs the package as it is built, and installs it where a consumer would.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const js = fileURLToPath(new URL('../../', import.meta.url))

/** Packs into a new folder: the tarball's path and the paths inside it. */
export function pack() {
  const folder = mkdtempSync(join(tmpdir(), 'farthing-pack-'))
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const [{ filename, files }] = JSON.parse(run('npm', args, { cwd: js }))
  return { folder, tarball: join(folder, filename), paths: files.map(({ path }) => path).sort() }
}

/** Installs a tarball into a new project of `folder`; nothing is fetched, for it needs nothing. */
export function install({ folder, tarball }) {
  const manifest = { name: 'consumer', private: true, version: '1.0.0' }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: folder })
}

/** Runs a program to its end; throws what it said unless it succeeded. */
export function run(command, args, options) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    ...options,
  })
  if (error) throw error
  if (status !== 0)
    throw new Error(`${command} ${args[0]} ended with ${status}\n${stdout}${stderr}`)
  return stdout
}
