import { closeSync, constants, existsSync } from 'node:fs'
import { reopenSync } from '../../files/folder.ts'
import { ownProcFolder } from '../../files/kernel-files.ts'
import { RUNNING } from '../../lib/assets.ts'
import { looksSecret } from '../../lib/secrets.ts'
import type { Command, Extra, TapCollects } from '../../plan/command.ts'
import { type JoinedSecret, type QuotedSecret, quoteSecret, type SecretRef } from '../../plan/secret.ts'
import { openUnnamedFile } from '../pipes/unnamed-file.ts'
import { ProcessError } from '../process-result.ts'
import type { ProcessSession } from '../session.ts'
import { type Account, lookUpAccount, type Waiting } from './account.ts'
import { findProgram, findTool } from './find-program.ts'

/** A command with everything found, read and opened that its start requires. */
export interface PreparedCommand {
  readonly command: Command
  /** The program with its wrappers (`nice`, `setpriv`, …), all as paths. */
  readonly argv: readonly [string, ...string[]]
  readonly environment: Readonly<Record<string, string>>
  /** For fd 3 and above, in order. Closed in this process after the start. */
  readonly extraFds: readonly number[]
  /** The read ends of the taps, in the order of the extras. */
  readonly taps: readonly { readonly fd: number; readonly collect: TapCollects }[]
  /** Names of the taps' pipes in `/proc/PID/fd`. */
  readonly pipes: readonly string[]
}

/** What the preparation of one command needs of the session. */
export type CommandSession = Pick<ProcessSession, 'runId' | 'resolveSecret' | 'redactor' | 'takePipes'>

/**
 * Finds the program, reads the secrets, opens the extra descriptors. Rejects with `process/not-started` and nothing left open when one of them fails, so
 * that nothing of a pipeline starts before all of it can. `waiting`: how long name services may take.
 */
export async function prepareCommand(command: Command, session: CommandSession, waiting: Waiting): Promise<PreparedCommand> {
  const program = runningProgram(command) ?? findProgram(command)
  const account = command.user === undefined ? undefined : await lookUpAccount(command.user, waiting)
  const environment = await resolveValues(command.environment.values, session)
  refuseWithoutNames(command)
  const opened: Opened = { fds: [], taps: [], pipes: [] }
  try {
    for (const extra of command.extras ?? []) await openExtra(extra, opened, { session, uid: account?.uid })
  } catch (error) {
    closeExtras({ extraFds: opened.fds, taps: opened.taps })
    throw error
  }
  const [first = program, ...rest] = [...prefixOf(command, account), program]
  return { command, argv: [first, ...rest, ...command.argv.slice(1)], environment, extraFds: opened.fds, taps: opened.taps, pipes: opened.pipes }
}

// Programs open the extra descriptors by names in /dev/fd, which a /dev made by hand may lack.
function refuseWithoutNames({ argv, extras = [] }: Command): void {
  if (extras.length === 0 || existsSync('/dev/fd')) return
  throw new ProcessError('not-started', `could not start "${argv[0]}": "/dev/fd" is missing`, {
    hint: 'In a chroot or a rescue system, create it: "ln -s /proc/self/fd /dev/fd".',
  })
}

/** The program of this process, even if it was replaced since it began. Another user cannot start it by this name. */
function runningProgram({ argv, user }: Command): string | undefined {
  return argv[0] === RUNNING && user === undefined ? `${ownProcFolder()}/exe` : undefined
}

/** Closes the descriptors of a command that will not be started. */
export function closeExtras({ extraFds, taps }: Pick<PreparedCommand, 'extraFds' | 'taps'>): void {
  for (const fd of extraFds) closeSync(fd)
  for (const { fd } of taps) closeSync(fd)
}

async function resolveValues(values: Command['environment']['values'], session: CommandSession): Promise<Record<string, string>> {
  const resolved: Record<string, string> = {}
  for (const [name, value] of Object.entries(values)) {
    resolved[name] = await textOf(value, session)
    if (typeof value === 'string' && looksSecret(name)) session.redactor.add(value)
  }
  return resolved
}

async function textOf(value: string | SecretRef | QuotedSecret | JoinedSecret, session: CommandSession): Promise<string> {
  if (typeof value === 'string') return value
  if (value.kind === 'quoted') return quoteSecret(await textOf(value.secret, session), value.style)
  if (value.kind === 'joined') return (await Promise.all(value.parts.map((part) => textOf(part, session)))).join('')
  const secret = await session.resolveSecret(value)
  session.redactor.add(secret)
  return secret
}

/** The wrappers of the program. The niceness first: decreasing it requires the permissions of Holdfast, not those of the user. */
function prefixOf({ nice, ionice }: Command, account: Account | undefined): readonly string[] {
  const level = ionice?.level === undefined ? [] : ['-n', String(ionice.level)]
  return [
    ...(nice === undefined ? [] : [findTool('nice'), '-n', String(nice)]),
    ...(ionice === undefined ? [] : [findTool('ionice'), '-c', ionice.class === 'idle' ? '3' : '2', ...level]),
    ...(account === undefined ? [] : [findTool('setpriv'), `--reuid=${account.uid}`, `--regid=${account.gid}`, '--init-groups']),
  ]
}

interface Opened {
  readonly fds: number[]
  readonly taps: { fd: number; collect: TapCollects }[]
  readonly pipes: string[]
}

async function openExtra(
  extra: Extra,
  opened: Opened,
  { session, uid }: { readonly session: CommandSession; readonly uid: number | undefined },
): Promise<void> {
  switch (extra.kind) {
    case 'secret-file': {
      const parts = await Promise.all(extra.parts.map((part) => textOf(part, session)))
      opened.fds.push(await openUnnamedFile(parts.join(''), { runId: session.runId, uid }))
      break
    }
    case 'open-file':
      opened.fds.push(reopenSync(extra.fd, constants.O_RDONLY))
      break
    case 'tap': {
      const [pipe] = await session.takePipes(1)
      if (pipe === undefined) throw new ProcessError('not-started', 'could not create a pipe')
      closeSync(pipe.readFd)
      opened.fds.push(pipe.writeFd)
      opened.taps.push({ fd: pipe.keeperFd, collect: extra.collect })
      opened.pipes.push(pipe.name)
      break
    }
    default:
      extra satisfies never
  }
}
