import { basename, isAbsolute, join } from 'node:path'
import { clientCommand } from '../../file-sets/list-databases.ts'
import { AppError } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import type { CheckSpec } from '../../plan/check.ts'
import { type Command, commandName } from '../../plan/command.ts'
import type { NotifierSpec } from '../../plan/notify.ts'
import type { Plan, Step } from '../../plan/plan.ts'
import { commandsOfCheck, factsOf } from '../../plan/steps/step-facts.ts'
import { findProgram, findTool, whyNotInterpreted } from '../../process/start/find-program.ts'

/** The host as seen by the checks. */
export interface HostReader {
  /** The names in a folder; empty if it cannot be read. */
  list(folder: string): Promise<readonly string[]>
  /** Undefined if it cannot be read. */
  read(file: string): Promise<string | undefined>
  /** The path with all symbolic links resolved; undefined if it does not exist. */
  resolve(path: string): Promise<string | undefined>
}

/** Every command that a step would start, pipelines in order, each after its probes. */
export function commandsOf(step: Step): readonly Command[] {
  const { commands, clients } = factsOf(step)
  return [...commands, ...clients.map(({ server, program }) => clientCommand(server, [program]))]
}

/** The reason why a command cannot be started on this host; undefined if it can. */
export function whyNotStartable(command: Command): string | undefined {
  try {
    const why = whyNotInterpreted(findProgram(command))
    if (why !== undefined) return `could not start "${command.argv[0]}": ${why}`
    if (command.nice !== undefined) findTool('nice')
    if (command.ionice !== undefined) findTool('ionice')
    return undefined
  } catch (error) {
    return error instanceof AppError ? error.message : `could not start "${commandName(command)}"`
  }
}

/** One line for each missing program of the plan, with the tasks that need it. */
export function findMissingPrograms(plan: Plan): readonly string[] {
  const users = new Map<string, Set<string>>()
  for (const task of plan.tasks.values()) {
    for (const command of task.steps.flatMap(commandsOf)) {
      const why = whyNotStartable(command)
      if (why !== undefined) users.set(why, (users.get(why) ?? new Set()).add(`"${printable(task.name)}"`))
    }
  }
  const needed = [...users].map(([why, tasks]) => `${why} (task ${[...tasks].join(', ')})`)
  return [...needed, ...[...(plan.checks ?? [])].flatMap(([name, check]) => missingFor(name, check)), ...missingSenders(plan)]
}

/** The programs that send messages. */
function missingSenders({ notifiers = new Map<string, NotifierSpec>(), bootReport }: Plan): readonly string[] {
  return [...new Set([...notifiers.values(), ...(bootReport?.to ?? [])])].flatMap((it) => {
    // A program that is looked up in the environment of a later run cannot be checked now.
    if (!('command' in it) || (it.kind === 'mailx' && it.inheritsAll && !it.command.argv[0].includes('/'))) return []
    const why = whyNotStartable(it.command)
    return why === undefined ? [] : [`${why} (notifier "${printable(it.name)}")`]
  })
}

function missingFor(name: string, check: CheckSpec): readonly string[] {
  return commandsOfCheck(check).flatMap((command) => {
    const why = whyNotStartable(command)
    return why === undefined ? [] : [`${why} (check "${printable(name)}")`]
  })
}

const CRONTABS = ['/etc/crontab']
const CRONTAB_FOLDERS = [
  '/etc/cron.d',
  '/etc/cron.hourly',
  '/etc/cron.daily',
  '/etc/cron.weekly',
  '/etc/cron.monthly',
  '/var/spool/cron/crontabs',
  '/var/spool/cron',
]
const UNIT_FOLDERS = ['/etc/systemd/system']

/**
 * One line for each crontab line and unit that starts a PALHM other than this program: it treats every folder of its root as a copy, including the work
 * folder, so it must not share a root with Holdfast.
 */
export async function findOtherPalhm(host: HostReader, isOwn: (path: string) => boolean): Promise<readonly string[]> {
  const inFolders = async (folders: readonly string[], isWanted: (name: string) => boolean) =>
    (await Promise.all(folders.map(async (folder) => (await host.list(folder)).filter(isWanted).map((name) => join(folder, name))))).flat()
  const crontabs = [...CRONTABS, ...(await inFolders(CRONTAB_FOLDERS, () => true))]
  const units = await inFolders(UNIT_FOLDERS, (name) => name.endsWith('.service'))
  const found = await Promise.all([
    ...crontabs.map((file) => otherPalhmIn(file, { host, isOwn, isActive: (line) => !/^\s*(?:#|$)/u.test(line) })),
    ...units.map((file) => otherPalhmIn(file, { host, isOwn, isActive: (line) => /^\s*Exec\w+\s*=/u.test(line) })),
  ])
  return found.flat()
}

interface Search {
  readonly host: HostReader
  readonly isOwn: (path: string) => boolean
  readonly isActive: (line: string) => boolean
}

async function otherPalhmIn(file: string, { host, isOwn, isActive }: Search): Promise<readonly string[]> {
  const lines = ((await host.read(file)) ?? '').split('\n')
  const found: string[] = []
  for (const [index, line] of lines.entries()) {
    if (isActive(line) && (await startsOther(line, host, isOwn))) found.push(`${file}:${index + 1}: ${printable(line.trim())}`)
  }
  return found
}

async function startsOther(line: string, host: HostReader, isOwn: (path: string) => boolean): Promise<boolean> {
  if (/\s-m\s*palhm(?:\s|$)/u.test(line)) return true
  const words = line.split(/[\s=;&|()'"]+/u).filter((word) => /^palhm(?:\.py)?$/u.test(basename(word)))
  for (const word of words) {
    // A bare name may be any program; a path that does not exist starts nothing.
    const target = isAbsolute(word) ? await host.resolve(word) : word
    if (target !== undefined && !isOwn(target)) return true
  }
  return false
}
