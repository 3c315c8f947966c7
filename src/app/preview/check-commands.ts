import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { messageOf } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import { settledWithin } from '../../lib/settled-within.ts'
import type { Command } from '../../plan/command.ts'
import { whyUnreadable } from '../../plan/why-unreadable.ts'
import { DEFAULT_LIMITS, type PipelineCall, type Processes } from '../../process/processes.ts'
import { lookUpAccount } from '../../process/start/account.ts'
import { asAppError } from '../../run/run-error.ts'
import type { Host } from '../host/host.ts'
import { checkDirectories } from './check-directories.ts'
import { checkKeys } from './check-keys.ts'
import { checkOptionFiles } from './check-option-files.ts'
import { checkSecrets } from './check-secrets.ts'
import { type Finding, failing, ofFailure } from './finding.ts'
import { whyNotStartable } from './host-checks.ts'

export interface CommandDeps {
  readonly host: Host
  readonly processes: Processes
}

// For programs that only answer a question.
const LIMITS = { ...DEFAULT_LIMITS, runMs: 20_000 }

export function questionCall({ signals }: Host): PipelineCall {
  return { signal: signals.stop, limits: LIMITS, onStderr: () => undefined }
}

export interface CommandsCheck {
  readonly findings: readonly Finding[]
  /** Whether a command can be examined: one that needs a missing program, user, folder or secret fails for that reason. */
  isClear(command: Command): boolean
}

/**
 * Why commands could not be started on this host now, or could not do their work: programs, users, working folders, keys and option files, and the secrets in
 * `parts`. Nothing is changed.
 */
export async function checkCommands(commands: readonly Command[], parts: readonly unknown[], deps: CommandDeps): Promise<CommandsCheck> {
  const { host, processes } = deps
  const missing = [...new Set(commands.map(whyNotStartable))].filter((why) => why !== undefined)
  const ready = commands.filter((command) => whyNotStartable(command) === undefined)
  const [users, folders, secrets] = await Promise.all([checkUsers(ready, host), checkFolders(ready), checkSecrets(parts, host)])
  const isReady = await Promise.all(
    ready.map(async (command) => {
      const { user = '', workingFolder = '' } = command
      return !users.has(user) && !folders.has(workingFolder) && (secrets.length === 0 || (await checkSecrets(command, host)).length === 0)
    }),
  )
  const clear = new Set(ready.filter((_, index) => isReady[index]))
  const call = questionCall(host)
  const keys = (command: Command) => checkKeys(command, { processes, call, now: host.clock() })
  const asked = await Promise.all([
    Promise.all([...clear].map(keys)).then((it) => it.flat()),
    checkRecipients([...clear], { processes, call }),
    checkOptionFiles([...clear], { processes, call }),
    checkDirectories([...clear], { processes, call }),
  ])
  const findings = [...missing.map(failing), ...users.values(), ...folders.values(), ...secrets, ...asked.flat()]
  return { findings, isClear: (command) => clear.has(command) }
}

/** By the names of the users. */
async function checkUsers(commands: readonly Command[], host: Host): Promise<ReadonlyMap<string, Finding>> {
  const names = [...new Set(commands.flatMap(({ user }) => user ?? []))]
  const { stop: signal } = host.signals
  return await troubleWith(names, (name) =>
    lookUpAccount(name, { signal, runMs: LIMITS.runMs }).then(
      () => undefined,
      (error: unknown) => ofFailure(`user "${printable(name)}"`, failing(messageOf(error)), signal),
    ),
  )
}

async function troubleWith(names: readonly string[], why: (name: string) => Promise<Finding | undefined>): Promise<ReadonlyMap<string, Finding>> {
  const found = await Promise.all(names.map(why))
  return new Map(names.flatMap((name, index) => (found[index] === undefined ? [] : [[name, found[index]]])))
}

// A query of a folder on a mount or server that is down does not return.
const FOLDER_LIMIT_MS = 10_000

/** By the paths of the folders. */
async function checkFolders(commands: readonly Command[]): Promise<ReadonlyMap<string, Finding>> {
  return await troubleWith([...new Set(commands.flatMap(({ workingFolder }) => workingFolder ?? []))], whyNoWorkingFolder)
}

async function whyNoWorkingFolder(folder: string): Promise<Finding | undefined> {
  const name = `the working folder "${printable(folder)}"`
  const looked = stat(resolve(folder)).then(
    (it) => (it.isDirectory() ? undefined : failing(`${name} is not a folder`)),
    (error: unknown) => failing(`could not enter ${name}: ${whyUnreadable(error)}`),
  )
  return (await settledWithin(FOLDER_LIMIT_MS, looked)) ? await looked : failing(`could not enter ${name}: timed out`)
}

/** Recipients that age rejects: it is started with nothing to encrypt. */
async function checkRecipients(commands: readonly Command[], { processes, call }: { readonly processes: Processes; readonly call: PipelineCall }) {
  const ages = commands.filter(({ argv: [program, ...rest] }) => basename(program) === 'age' && rest.includes('--encrypt') && rest.includes('-r'))
  const different = new Map(ages.map((it) => [JSON.stringify([it.argv, it.user]), it]))
  const found = await Promise.all(
    [...different.values()].map(async (command) => {
      try {
        const { output, done } = await processes.startPipeline([{ ...command, showStderr: 'never' }], { kind: 'stream' }, call)
        await output.toArray().catch(() => [])
        await done
        return []
      } catch (error) {
        return [ofFailure('age recipients', failing(messageOf(asAppError(error))), call.signal)]
      }
    }),
  )
  return found.flat()
}
