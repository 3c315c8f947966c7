import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Manifest } from '../../src/backup/set/manifest.ts'
import { unlessCi } from '../support/lacks.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url))

/** The folder of the programs of the newest PostgreSQL. */
export const postgresqlPrograms = globSync('/usr/lib/postgresql/*/bin/pg_ctl')
  .map((it) => it.slice(0, -'/pg_ctl'.length))
  .at(-1)
// Debian's programs of these names in /usr/bin are scripts that choose a version: they take twice the time, and tests start them some thousand times.
const PATH = [postgresqlPrograms, process.env['PATH'] ?? '/usr/bin:/bin'].filter((it) => it !== undefined).join(':')

export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A folder with a native configuration whose task "nightly" stores into `root`, and the program itself to run it. */
export interface Place {
  readonly folder: string
  /** Writes the configuration: one backup step with these objects; `top` stands beside the tasks. */
  configure(objects: string, top?: string): void
  run(...args: readonly string[]): Outcome
  /** The same, with these variables in its environment. */
  runWith(variables: Readonly<Record<string, string>>, ...args: readonly string[]): Outcome
  /** The same, without waiting for its end. */
  start(...args: readonly string[]): ChildProcessByStdio<null, null, Readable>
  /** The folder of the newest set. */
  newestSet(): string
  manifest(): Manifest
  /** The standard output of a shell script; throws when it fails. */
  shell(script: string): string
  /** The standard output of a script in the folder of the newest set, run by `sh -eu` with nothing in its environment but PATH and these. */
  guided(script: string, environment: Readonly<Record<string, string>>): string
  /** Is done at the end, before the folder goes. */
  atEnd(work: () => void): void
}

export function openPlace(t: { after(work: () => void): void }): Place {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-native-'))
  const lastWorks: (() => void)[] = []
  t.after(() => {
    for (const work of lastWorks) work()
    rmSync(folder, { recursive: true, force: true })
  })
  const environment = { PATH, HOME: folder, HOLDFAST_STATE: join(folder, 'state') }
  const surroundings = { env: { ...environment, TOLD_SECRET: 'CANARY' }, cwd: folder }
  const [program, config] = [`${checkout}holdfast`, join(folder, 'holdfast.yaml')]
  const sets = join(folder, 'root', 'nightly')
  const place: Place = {
    folder,
    configure: (objects, top = '') =>
      writeFileSync(
        config,
        `version: 1\nstorages: { local: { type: localfs, root: ${folder}/root } }\n${top}\ntasks:\n  nightly:\n    steps:\n      - backup: { objects: ${objects} }\n`,
      ),
    run: (...args) => place.runWith({}, ...args),
    runWith: (variables, ...args) => {
      const options = { encoding: 'utf8', ...surroundings, env: { ...surroundings.env, ...variables } } as const
      const { status, stdout, stderr } = spawnSync(program, ['-f', config, ...args], options)
      return { status, stdout, stderr }
    },
    start: (...args) => spawn(program, ['-f', config, ...args], { stdio: ['ignore', 'ignore', 'pipe'], ...surroundings }),
    newestSet: () =>
      join(
        sets,
        readdirSync(sets)
          .filter((it) => it.startsWith('2'))
          .toSorted()
          .at(-1) ?? '',
      ),
    manifest: () => JSON.parse(readFileSync(join(place.newestSet(), 'manifest.json'), 'utf8')) as Manifest,
    shell: (script) => {
      const told = spawnSync('/bin/bash', ['--norc', '-euo', 'pipefail', '-c', script], { ...READ, cwd: folder, env: environment })
      return outputOf(told, script)
    },
    guided: (input, variables) => {
      const all = Object.entries({ PATH: '/usr/bin:/bin', ...variables }).map(([name, value]) => `${name}=${value}`)
      return outputOf(spawnSync('env', ['-i', ...all, 'sh', '-eu'], { ...READ, cwd: place.newestSet(), input }), input)
    },
    atEnd: (work) => {
      lastWorks.push(work)
    },
  }
  return place
}

const READ = { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 } as const

function outputOf({ status, stdout, stderr }: Outcome, script: string): string {
  if (status !== 0) throw new Error(`${script}\nended with ${status}: ${stderr}`)
  return stdout
}

/** Why a test cannot run here, or false; in CI an error instead. */
export function lacks(...programs: readonly string[]): string | false {
  const missing = programs.filter((it) => spawnSync('/bin/sh', ['-c', 'command -v "$0"', it]).status !== 0)
  return unlessCi(missing.length > 0 && `${missing.join(', ')} not installed`)
}
