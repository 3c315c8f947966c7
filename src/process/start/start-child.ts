import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync } from 'node:fs'
import { systemCode } from '../../lib/errors.ts'
import type { Command, SignalName } from '../../plan/command.ts'
import { processStart } from '../identity/host-id.ts'
import { nullDeviceRefusal } from '../null-device.ts'
import { ProcessError } from '../process-result.ts'
import { shortageOf } from '../resource-shortage.ts'
import { findProgram, findTool, whyNotInterpreted } from './find-program.ts'
import type { PreparedCommand } from './prepare-command.ts'

/** A started process with its permanent identity. */
export interface Child {
  readonly process: ChildProcess
  readonly pid: number
  /** Start time in clock ticks since boot. */
  readonly start: number
  readonly startedMs: number
  /** Resolves when it has ended for any reason. */
  readonly exited: Promise<ChildExit>
}

export interface ChildExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface ChildOptions {
  /** Descriptors, or Node's keywords, for fd 0, 1 and 2. The child inherits no others but the extra descriptors of the command, and `lockFd` after them. */
  readonly stdio: readonly (number | 'ignore' | 'inherit')[]
  readonly lockFd?: number
  readonly blockedSignals: readonly SignalName[]
  readonly ignoredSignals: readonly SignalName[]
}

/** What became of a start: some refusals of the system are known only later. */
export type Start = { readonly child: Child } | { readonly refusal: Promise<ProcessError> }

/**
 * Starts a prepared command as a session of its own, before it returns. Its environment is exactly the command's; signals are at their defaults and
 * unblocked, save those of the options. `process/not-started` is thrown, or the refusal.
 *
 * Closes the command's extra descriptors in any case. The read ends of its taps are the caller's from then on; when it fails, they are closed too.
 */
export function startChild(prepared: PreparedCommand, options: ChildOptions): Start {
  let isStarted = false
  try {
    const start = spawnChild(prepared, options)
    isStarted = 'child' in start
    return start
  } finally {
    if (!isStarted) for (const { fd } of prepared.taps) closeSync(fd)
    for (const fd of prepared.extraFds) closeSync(fd)
  }
}

function spawnChild(prepared: PreparedCommand, options: ChildOptions): Start {
  const { command } = prepared
  const [file, ...args] = withSignals(prepared.argv, options)
  const isBare = file === prepared.argv[0] && args.length === command.argv.length - 1
  const spawnOptions: SpawnOptions = {
    detached: true,
    stdio: [...options.stdio, ...prepared.extraFds, ...(options.lockFd === undefined ? [] : [options.lockFd])],
    env: { ...prepared.environment },
    ...(command.workingFolder !== undefined && { cwd: command.workingFolder }),
    // With a wrapper, argv[0] cannot be set.
    ...(isBare && { argv0: command.argv[0] }),
  }
  const child = orNotStarted(command, () => spawn(file, args, spawnOptions))
  const exited = new Promise<ChildExit>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve({ code, signal })
    })
  })
  const { pid } = child
  if (pid === undefined) return { refusal: refusedStart(command, child) }
  return { child: { process: child, pid, start: processStart(pid) ?? 0, startedMs: performance.now(), exited } }
}

// Node starts children with an empty signal mask and ignores no signals; env(1) of coreutils 8.31 can start a program with other settings.
function withSignals(argv: PreparedCommand['argv'], { blockedSignals, ignoredSignals }: ChildOptions): PreparedCommand['argv'] {
  const options = [...signalOption('--block-signal', blockedSignals), ...signalOption('--ignore-signal', ignoredSignals)]
  if (options.length === 0) return argv
  // env(1) interprets a first word with "=" as an assignment.
  if (argv[0].includes('=')) return [findTool('env'), ...options, '/bin/sh', '-c', 'exec "$0" "$@"', ...argv]
  return [findTool('env'), ...options, ...argv]
}

function signalOption(option: string, signals: readonly SignalName[]): readonly string[] {
  return signals.length === 0 ? [] : [`${option}=${signals.map((name) => name.slice(3)).join(',')}`]
}

// Some errors are thrown; others are reported later as an event. The thrown error is not the `cause`: it may contain a value of the environment.
function orNotStarted(command: Command, start: () => ChildProcess): ChildProcess {
  try {
    return start()
  } catch (thrown) {
    if (systemCode(thrown) !== 'E2BIG') throw notStarted(command, systemCode(thrown))
    throw new ProcessError('not-started', `could not start "${command.argv[0]}": its arguments and environment are too long`, {
      hint: 'Pass long values in a file; see execve(2) for the limits.',
    })
  }
}

async function refusedStart(command: Command, child: ChildProcess): Promise<ProcessError> {
  const [error] = (await once(child, 'error')) as readonly unknown[]
  return notStarted(command, systemCode(error))
}

function notStarted(command: Command, code: string | undefined): ProcessError {
  const other = shortageOf(code) ?? nullDeviceRefusal()
  if (other) return new ProcessError('not-started', `could not start "${command.argv[0]}": ${other.what}`, { hint: other.hint })
  const why = code === 'ENOENT' ? whyNotInterpreted(findProgram(command)) : undefined
  if (why !== undefined) return new ProcessError('not-started', `could not start "${command.argv[0]}": ${why}`)
  return new ProcessError('not-started', `could not start "${command.argv[0]}": rejected by the system`, {
    hint: 'Check that its working folder exists, that the program is made for this machine, that its interpreter is installed, and that its arguments are not too long.',
  })
}
