import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { checkStateFolder } from '../app/host/check-state-folder.ts'
import { type Exit, exitWith } from '../app/host/exit-codes.ts'
import { STOPPING } from '../app/host/held-signals.ts'
import { UsageError } from '../app/usage-error.ts'
import { ConfigError, renderIssues } from '../config/render-issues.ts'
import { AppError } from '../lib/errors.ts'
import type { SignalName } from '../plan/command.ts'
import { asAppError } from '../run/run-error.ts'
import type { CommandName } from './args/commands.ts'
import { effectiveVerbosity, type Invocation } from './args/options.ts'
import { type CliHost, withNotesFrom } from './cli-host.ts'
import { type CommandRunner, RUNNERS } from './commands/command-runners.ts'
import { isCheckCommand, printUnknown } from './render/print-check.ts'
import { printFailure } from './render/print-failure.ts'

/**
 * The whole program except for its process: from the arguments to how it is to end. Never throws. `--invoked-as=NAME` as the first argument is the
 * name by which the program was called, which determines the dialect of the command line; `--ignored-signals=MASK` after it contains the signals that
 * the caller ignores.
 */
export async function runMain(argv: readonly string[], host: CliHost): Promise<Exit> {
  try {
    const { invokedPath, ignored, rest } = splitOwn(argv)
    host.signals.ignore(ignored)
    const command = await readCommandLine(rest, invokedPath, host)
    if (command === undefined) return checkedExit(exitWith('ok'), host)
    refuseWithoutProc()
    const { invocation, runner, usesState } = command
    const noting = withNotesFrom(host, effectiveVerbosity(invocation.global))
    const allowing = invocation.global.allowsUnsafe === true ? { ...noting, allowsUnsafe: true } : noting
    if (usesState) await checkStateFolder(allowing)
    const exit = await runner(invocation, allowing)
    return command.keepsExit ? exit : checkedExit(exit, host)
  } catch (error) {
    if (isCheckCommand(argv)) return printUnknown(error, host)
    return reportError(error, host)
  }
}

// Folders are opened, and processes identified, by /proc, and the boot by a file of /proc/sys.
function refuseWithoutProc(): void {
  if (existsSync('/proc/self/fd')) {
    if (existsSync('/proc/sys/kernel')) return
    throw new NoProcError('"/proc" contains only the folders of processes, not "/proc/sys"', {
      hint: 'Remove "ProcSubset=pid" from the unit, or mount it without "subset=pid".',
    })
  }
  throw new NoProcError('"/proc" is not mounted', { hint: 'In a chroot or a rescue system, mount it first: "mount -t proc proc /proc".' })
}

class NoProcError extends AppError {
  readonly code = 'cli/no-proc'
}

interface OwnWords {
  /** The name, or a path that ends with it. */
  readonly invokedPath: string
  readonly ignored: readonly SignalName[]
  readonly rest: readonly string[]
}

function splitOwn(argv: readonly string[]): OwnWords {
  const name = /^--invoked-as=(?<name>.+)$/u.exec(argv[0] ?? '')?.groups?.['name']
  if (name === undefined) return { invokedPath: 'holdfast', ignored: [], rest: argv }
  const mask = /^--ignored-signals=(?<mask>[0-9a-f]{1,32})$/u.exec(argv[1] ?? '')?.groups?.['mask']
  return mask === undefined
    ? { invokedPath: name, ignored: [], rest: argv.slice(1) }
    : { invokedPath: name, ignored: signalsIn(mask), rest: argv.slice(2) }
}

/** The signals in a mask of /proc that may stop a run (proc_pid_status(5)): bit 0 is signal 1. */
function signalsIn(mask: string): readonly SignalName[] {
  const bits = BigInt(`0x${mask}`)
  return STOPPING.filter((name) => (bits >> BigInt(constants.signals[name] - 1)) % 2n === 1n)
}

interface Chosen {
  readonly runner: CommandRunner
  readonly invocation: Invocation
  /** The exit code is that of the run, even if the events could not be written. */
  readonly keepsExit: boolean
  readonly usesState: boolean
}

const STATELESS: ReadonlySet<CommandName> = new Set(['config', 'help', 'mods', 'notify', 'boot-report', 'doctor', 'init', 'upgrade'])

// Undefined: the requested text was printed.
async function readCommandLine(argv: readonly string[], invokedPath: string, { stdout }: CliHost): Promise<Chosen | undefined> {
  const { parseFor } = await import('./args/dialects.ts')
  const invokedAs = invokedPath.slice(invokedPath.lastIndexOf('/') + 1)
  const parsed = await parseFor(invokedAs, argv)
  if (parsed.kind === 'text') {
    stdout.write(parsed.text)
    return undefined
  }
  const { command } = parsed
  const global = { ...parsed.invocation.global, ...(invokedPath !== invokedAs && { invokedPath }) }
  const invocation = { ...parsed.invocation, global }
  return { runner: await RUNNERS[command](), invocation, keepsExit: command === 'run' || command === 'check', usesState: !STATELESS.has(command) }
}

// Output that did not reach its file is not a success.
function checkedExit(exit: Exit, { stdout, stderr }: CliHost): Exit {
  const trouble = stdout.trouble()
  if (trouble === undefined || exit.code !== 0) return exit
  stderr.write(`error: could not write to the standard output (${trouble})\n`)
  return exitWith('failed')
}

function reportError(error: unknown, host: CliHost): Exit {
  // A configuration error is printed with all errors and their locations.
  if (error instanceof ConfigError) host.stderr.write(renderIssues(error.issues.filter(({ severity }) => severity === 'error')))
  else printFailure(asAppError(error), host)
  return exitWith(error instanceof UsageError ? 'misused' : 'failed')
}
