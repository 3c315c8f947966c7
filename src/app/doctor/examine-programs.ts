import { basename } from 'node:path'
import { printable } from '../../lib/format.ts'
import type { Plan } from '../../plan/plan.ts'
import { findProgram } from '../../process/start/find-program.ts'
import { askTool } from '../../process/tool/run-tool.ts'
import { commandsOf, whyNotStartable } from '../preview/host-checks.ts'
import type { Diagnosis } from './diagnosis.ts'

// Programs of which the option is known to do nothing else.
const VERSION_OPTIONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ tar: '--version', zstd: '--version', gzip: '--version', xz: '--version', bzip2: '--version', lz4: '--version', pigz: '--version' },
    ...{ gpg: '--version', gpg2: '--version', age: '--version', openssl: 'version', rclone: 'version', rsync: '--version', ssh: '-V' },
    ...{ pg_dump: '--version', pg_dumpall: '--version', psql: '--version', sqlite3: '--version', 'redis-cli': '--version' },
    ...{ mariadb: '--version', 'mariadb-dump': '--version', mysql: '--version', mysqldump: '--version', mongodump: '--version' },
    ...{ curl: '--version', dig: '-v', docker: '--version', podman: '--version' },
  }),
)

/** The programs that the tasks start, with their versions. What is missing is reported with the configuration. */
export async function examinePrograms(plan: Plan): Promise<readonly Diagnosis[]> {
  const commands = [...plan.tasks.values()].flatMap(({ steps }) => steps.flatMap(commandsOf))
  const paths = new Set(commands.filter((it) => whyNotStartable(it) === undefined).map(findProgram))
  const known = [...paths].filter((path) => VERSION_OPTIONS.has(basename(path))).toSorted()
  return Promise.all(known.map(versionOf))
}

async function versionOf(path: string): Promise<Diagnosis> {
  const { stdout, stderr, exitCode } = await askTool([path, VERSION_OPTIONS.get(basename(path)) ?? '--version'], { limitMs: 5000 })
  const [line = ''] = `${stdout}\n${stderr}`.split('\n').filter((it) => it.trim() !== '')
  if (exitCode === 0) return { area: 'programs', state: 'ok', message: `${printable(path)}: ${printable(line.trim()) || 'version unknown'}` }
  const end = exitCode === undefined ? '' : `: exit code ${exitCode}${line === '' ? '' : `, ${printable(line.trim())}`}`
  const message = `"${printable(path)}" could not print its version${end}`
  return { area: 'programs', state: 'warning', message, hint: 'Run it by hand to see why; reinstall its package.' }
}
