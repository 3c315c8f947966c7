import { spawn } from 'node:child_process'
import { identityOf, livenessOf, type ProcessIdentity } from '../identity/process-identity.ts'
import { ProcessError } from '../process-result.ts'
import { findTool } from '../start/find-program.ts'

/** A program that continues to run when this one ends. */
export interface Detached {
  readonly identity: Required<ProcessIdentity>
  /** Resolves when it has ended while this program was there to see it. */
  readonly ended: Promise<void>
}

export interface DetachedCall {
  readonly argv: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** Descriptors; the caller closes its own afterwards. The third, where it is given, gets the exit code as a line when the program has ended. */
  readonly outputs: readonly [stdout: number, stderr: number, exit?: number]
}

// A stop ends the program only; the shell that waits for it writes its exit code.
const WAIT = 'trap : TERM INT HUP QUIT; "$@" 3>&-; echo "$?" >&3'

/** Starts a program as a session of its own, without stdin, whose output goes to files. Throws `process/not-started`. */
export function startDetached({ argv, environment, outputs }: DetachedCall): Detached {
  const [stdout, stderr, exit] = outputs
  const [file = '', ...args] = exit === undefined ? argv : [findTool('sh'), '-c', WAIT, 'sh', ...argv]
  const stdio = ['ignore' as const, stdout, stderr, ...(exit === undefined ? [] : [exit])]
  const child = spawn(file, args, { detached: true, stdio, env: { ...environment } })
  child.on('error', () => undefined)
  const { pid } = child
  if (pid === undefined) throw new ProcessError('not-started', `could not start "${argv[0]}": rejected by the system`)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.unref()
  return { identity: identityOf(pid), ended }
}

/** Sends a signal to a process, or with `isGroup` to the group that it leads, if it is still the same one. Whether it was there. */
export function signalProcess(identity: ProcessIdentity, signal: 'SIGTERM', { isGroup = false }: { readonly isGroup?: boolean } = {}): boolean {
  if (livenessOf(identity) !== 'alive') return false
  try {
    return process.kill(isGroup ? -identity.pid : identity.pid, signal)
  } catch {
    return false
  }
}
