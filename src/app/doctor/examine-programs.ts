import { basename } from 'node:path'
import { messageOf } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import type { Plan } from '../../plan/plan.ts'
import { lookUpAccount } from '../../process/start/account.ts'
import { findProgram, findTool } from '../../process/start/find-program.ts'
import { queryTool } from '../../process/tool/run-tool.ts'
import { commandsOf, whyNotStartable } from '../preview/host-checks.ts'
import type { Diagnosis } from './diagnosis.ts'

// Programs whose option is known to have no other effect.
const VERSION_OPTIONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ tar: '--version', zstd: '--version', gzip: '--version', xz: '--version', bzip2: '--version', lz4: '--version', pigz: '--version' },
    ...{ gpg: '--version', gpg2: '--version', age: '--version', openssl: 'version', rclone: 'version', rsync: '--version', ssh: '-V' },
    ...{ pg_dump: '--version', pg_dumpall: '--version', psql: '--version', sqlite3: '--version', 'redis-cli': '--version' },
    ...{ mariadb: '--version', 'mariadb-dump': '--version', mysql: '--version', mysqldump: '--version', mongodump: '--version' },
    ...{ curl: '--version', dig: '-v', docker: '--version', podman: '--version' },
  }),
)

/** The programs that the tasks start, with their versions, each queried as the user who runs it. Missing ones are reported with the configuration. */
export async function examinePrograms(plan: Plan, signal: AbortSignal): Promise<readonly Diagnosis[]> {
  const commands = [...plan.tasks.values()].flatMap(({ steps }) => steps.flatMap(commandsOf))
  const startable = commands.filter((it) => whyNotStartable(it) === undefined)
  const uses = startable.map((it) => ({ path: findProgram(it), ...(it.user !== undefined && { user: it.user }) }))
  const known = uses.filter(({ path }) => VERSION_OPTIONS.has(basename(path)))
  const each = new Map(known.map((it) => [JSON.stringify([it.path, it.user]), it]))
  return Promise.all([...each.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1)).map((it) => versionOf(it, signal)))
}

interface ProgramUse {
  readonly path: string
  /** Absent: the user of Holdfast. */
  readonly user?: string
}

const LIMIT_MS = 5000

async function versionOf({ path, user }: ProgramUse, signal: AbortSignal): Promise<Diagnosis> {
  const name = `${printable(path)}${user === undefined ? '' : ` (user ${printable(user)})`}`
  try {
    const prefix = user === undefined ? [] : await switchTo(user, signal)
    const [first = path, ...rest] = [...prefix, path, VERSION_OPTIONS.get(basename(path)) ?? '--version']
    const { stdout, stderr, exitCode } = await queryTool([first, ...rest], { limitMs: LIMIT_MS })
    const [line = ''] = `${stdout}\n${stderr}`.split('\n').filter((it) => it.trim() !== '')
    if (exitCode === 0) return { area: 'programs', state: 'ok', message: `${name}: ${printable(line.trim()) || 'version unknown'}` }
    const end = exitCode === undefined ? '' : `: exit code ${exitCode}${line === '' ? '' : `, ${printable(line.trim())}`}`
    return unanswered(`"${name}" could not print its version${end}`)
  } catch (error) {
    return unanswered(`"${name}": could not determine its version: ${messageOf(error)}`)
  }
}

/**
 * The command that starts a program as another user, who may own it: with the groups of that user, without a way to get more privileges, and in a session of its own, from
 * which it cannot type into the terminal.
 */
async function switchTo(name: string, signal: AbortSignal): Promise<readonly string[]> {
  const { uid, gid } = await lookUpAccount(name, { signal, runMs: LIMIT_MS })
  return [findTool('setsid'), findTool('setpriv'), `--reuid=${uid}`, `--regid=${gid}`, '--init-groups', '--no-new-privs', '--']
}

function unanswered(message: string): Diagnosis {
  return { area: 'programs', state: 'warning', message, hint: 'Run it by hand to see why; reinstall its package.' }
}
