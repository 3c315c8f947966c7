import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isInstalled } from '../../test/support/lacks.ts'
import type { Contestant, Missing } from './contestant.ts'

/** How much work the parts do. */
export interface Sizes {
  /** The size of data that passes through unchanged. */
  readonly mib: number
  /** The size of files that are compressed, and of a database. */
  readonly realMib: number
  /** The number of small objects. */
  readonly objects: number
  /** The number of small files. */
  readonly files: number
}

export interface SiteSettings {
  readonly sizes: Sizes
  /** The launcher that is measured. */
  readonly program: string
}

/** A folder in which one part is measured. */
export interface Site {
  readonly sizes: Sizes
  readonly program: string
  /** For data that stays from run to run. */
  readonly folder: string
  /** For what a run writes; made anew for each. */
  readonly out: string
  readonly clear: () => void
  /** A configuration whose storage "local" is in `out`. Returns its path. */
  configure(tasks: string, storageRoot?: string): string
  /** Holdfast, which prints errors only, with a configuration. */
  holdfast(config: string, ...args: readonly string[]): Contestant
  shell(name: string, script: string, env?: Contestant['env']): Contestant
  /** Has a folder in the page cache before each run of a contestant. */
  keepCached(folder: string): void
  /** Runs a script now, as part of the preparation; throws if it fails. */
  prepare(script: string, env?: Contestant['env']): void
  /** The reason why a contestant cannot take part, or undefined. `programs`: programs by the packages that have them. */
  missing(other: string, programs: Readonly<Record<string, string>>): Missing | undefined
  /** Is done when the part ends. */
  after(work: () => void): void
  close(): void
}

export function openSite({ sizes, program }: SiteSettings): Site {
  const folder = mkdtempSync(join(process.env['BENCH_DIR'] ?? tmpdir(), 'bench-'))
  const out = join(folder, 'out')
  const lastWorks: (() => void)[] = []
  const clear = () => {
    rmSync(out, { recursive: true, force: true })
    mkdirSync(out)
  }
  clear()
  const cached: string[] = []
  // Without the pipe, tar would see that nobody wants the data, and not read it.
  const warm = () => {
    for (const it of cached) site.prepare(`tar -C ${it} -cf - . | cat >/dev/null`)
  }
  let configurations = 0
  const site: Site = {
    sizes,
    program,
    folder,
    out,
    clear,
    configure(tasks, storageRoot = out) {
      configurations += 1
      const path = join(folder, `${configurations}.yaml`)
      writeFileSync(path, `version: 1\nstorages: { local: { type: localfs, root: ${storageRoot} } }\n${tasks}\n`, { mode: 0o600 })
      return path
    },
    holdfast: (config, ...args) => ({
      name: 'Holdfast',
      argv: [program, '-q', '-f', config, ...args],
      env: { HOLDFAST_STATE: join(folder, 'state') },
      clear,
      warm,
    }),
    shell: (name, script, env = {}) => ({ name, argv: ['/bin/bash', '-o', 'pipefail', '-ec', script], env, clear, warm }),
    keepCached: (it) => {
      cached.push(it)
    },
    prepare(script, env = {}) {
      const { status, stderr } = spawnSync('/bin/bash', ['-o', 'pipefail', '-ec', script], {
        encoding: 'utf8',
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOLDFAST_STATE: join(folder, 'state'), ...env },
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      if (status !== 0) throw new Error(`the preparation failed: ${script}: ${stderr}`)
    },
    missing(other, programs) {
      const packages = Object.entries(programs).filter(([name]) => !isInstalled(name))
      return packages.length === 0 ? undefined : { other, missing: `${packages.map(([, it]) => it).join(', ')} not installed` }
    },
    after: (work) => {
      lastWorks.push(work)
    },
    close() {
      for (const work of lastWorks.reverse()) work()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return site
}
