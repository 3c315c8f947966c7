import { constants } from 'node:os'
import type { Exit } from './app/host/exit-codes.ts'
import { limitMemory } from './app/host/limit-memory.ts'
import { restartToCount } from './cli/launcher-descriptors.ts'
import { start } from './cli/start.ts'
import { RUNNING } from './lib/assets.ts'
import type { Failpoint } from './lib/failpoint.ts'

// Reads on a dead mount keep the process alive, and an orderly exit would wait for them.
const LEAVE_LIMIT_MS = 2000
const URGENT_LIMIT_MS = 100

// Only for longer runs, which may process many objects: it makes the start slower.
const STAY_SMALL_AFTER_MS = 1000

/** Runs a command line in this process and ends the process: with an exit code, or by the signal that stopped the run. */
export async function main(argv: readonly string[], failpoint?: Failpoint): Promise<void> {
  const listen = (name: NodeJS.Signals, handler: () => void) => {
    process.on(name, handler)
    return () => {
      process.removeListener(name, handler)
    }
  }
  const onFault = (handler: (error: unknown) => void) => {
    process.on('uncaughtException', handler)
    process.on('unhandledRejection', handler)
  }
  setTimeout(limitMemory, STAY_SMALL_AFTER_MS).unref()
  leave(await start(argv, { listen, onFault }, failpoint))
}

function leave(exit: Exit): void {
  if (exit.replacedBy !== undefined) process.execve?.('/usr/bin/env', ['env', ...exit.replacedBy], process.env)
  if (exit.signal !== undefined) process.kill(process.pid, exit.signal)
  // The first process of a container does not terminate by its own signal: then the exit code is the one that a shell reports for the signal.
  const code = exit.signal === undefined ? exit.code : 128 + constants.signals[exit.signal]
  process.exitCode = code
  // execve ends all threads at once, including blocked ones; process.exit would join them.
  setTimeout(() => process.execve?.('/bin/sh', ['sh', '-c', `exit ${code}`], {}), exit.isUrgent === true ? URGENT_LIMIT_MS : LEAVE_LIMIT_MS).unref()
}

/** Restarts the program if that is necessary to know which descriptors it has inherited: see `restartToCount`. */
export function countInherited(...call: Parameters<typeof restartToCount>): void {
  const again = restartToCount(...call)
  try {
    if (again) process.execve?.('/bin/sh', again, process.env)
  } catch {
    // Without a shell, inherited descriptors stay open.
  }
}

if (import.meta.main) {
  const argv = process.argv.slice(2)
  countInherited(argv, { start: [RUNNING, ...process.execArgv, process.argv[1] ?? ''] })
  // Not awaited, which CommonJS does not support.
  void main(argv)
}
