import { type ChildProcess, spawn } from 'node:child_process'
import type { Command, SignalName } from '../plan/command.ts'
import type { Cgroup } from './cgroup.ts'
import { findProgram } from './find-program.ts'
import { processStart } from './host.ts'
import { ProcessError } from './result.ts'

/** A started process with what names it for ever. */
export interface Child {
  readonly process: ChildProcess
  readonly pid: number
  /** Start time in clock ticks since boot. */
  readonly start: number
  readonly startedMs: number
  /** Resolves when it has ended, however it did. */
  readonly exited: Promise<ChildExit>
}

export interface ChildExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface ChildOptions {
  /** Descriptors or Node's words, for fd 0, 1, 2 and on. Nothing else of ours reaches the child. */
  readonly stdio: readonly (number | 'ignore' | 'inherit')[]
  readonly blockedSignals: readonly SignalName[]
  readonly cgroup?: Cgroup | undefined
}

/**
 * Starts a command as a session of its own. Its environment is exactly the command's; signals are at their defaults and unblocked, save `blockedSignals`.
 * Throws `process/not-started`.
 */
export function startChild(command: Command, options: ChildOptions): Child {
  const program = findProgram(command)
  const { file, args } = withBlockedSignals(program, command.argv.slice(1), options.blockedSignals)
  const start = () =>
    spawn(file, args, {
      detached: true,
      stdio: [...options.stdio],
      env: { ...command.environment.values },
      ...(options.blockedSignals.length === 0 && { argv0: command.argv[0] }),
    })
  const child = options.cgroup ? options.cgroup.enter(start) : start()
  const exited = new Promise<ChildExit>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve({ code, signal })
    })
  })
  if (child.pid === undefined) throw notStarted(command, child)
  return { process: child, pid: child.pid, start: processStart(child.pid) ?? 0, startedMs: performance.now(), exited }
}

// Node gives its children an empty signal mask; env(1) of coreutils 8.31 can start a program with signals blocked.
function withBlockedSignals(program: string, args: readonly string[], blocked: readonly SignalName[]): { file: string; args: readonly string[] } {
  if (blocked.length === 0) return { file: program, args }
  const mask = `--block-signal=${blocked.map((name) => name.slice(3)).join(',')}`
  // env(1) takes a first word with "=" for an assignment.
  if (program.includes('=')) return { file: '/usr/bin/env', args: [mask, '/bin/sh', '-c', 'exec "$0" "$@"', program, ...args] }
  return { file: '/usr/bin/env', args: [mask, program, ...args] }
}

// The reason comes later as an event; it is swallowed there and told here as far as it is known by now.
function notStarted(command: Command, child: ChildProcess): ProcessError {
  child.on('error', () => undefined)
  return new ProcessError('not-started', `cannot start "${command.argv[0]}": the system refused it`, {
    hint: 'Is it a program for this machine, with its interpreter installed, and is its argument list not too long?',
  })
}
