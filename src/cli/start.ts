import type { Exit } from '../app/host/exit-codes.ts'
import { type HeldSignals, holdSignals, type Listen } from '../app/host/held-signals.ts'
import type { Failpoint } from '../lib/failpoint.ts'
import { homeFolder } from '../lib/user/home-folder.ts'
import type { SignalName } from '../plan/command.ts'
import { asAppError } from '../run/run-error.ts'
import { type CliHost, cliHostOn } from './cli-host.ts'
import { takeInherited } from './launcher-descriptors.ts'
import { isCheckCommand, printUnknown } from './render/print-check.ts'
import { printFailure } from './render/print-failure.ts'
import { runMain } from './run-main.ts'
import { forJournal } from './terminal/journal-output.ts'
import { fdOutput, type Output, terminalsFor } from './terminal/output.ts'

// Time limit for the rollback of a stopped run. The next run removes the leftovers, so that stopping here is safe, and a dead mount never responds.
const ROLL_BACK_LIMIT_MS = 120_000
const FLUSH_LIMIT_MS = 10_000

/** Actions on the process that only `main.ts` performs. */
export interface ProcessHooks {
  readonly listen: Listen
  /** Calls back for every uncaught error. */
  onFault(handler: (error: unknown) => void): void
}

/** Runs the command line and resolves with how the process is to end, after its output was written. */
export async function start(words: readonly string[], hooks: ProcessHooks, failpoint?: Failpoint): Promise<Exit> {
  const argv = takeInherited(words)
  const signals = holdSignals(hooks.listen)
  const terminals = await terminalsFor([1, 2])
  const output = (fd: number) => forJournal(fdOutput(fd, terminals), fd, process.env['JOURNAL_STREAM'])
  const outputs = { stdout: output(1), stderr: output(2) }
  const uid = process.getuid?.() ?? -1
  const env = { ...process.env }
  nameHomeForLibraries()
  const host = cliHostOn(outputs, { env, uid, clock: () => new Date(), signals, ...(failpoint && { failpoint }) })
  const exit = await Promise.race([runMain(argv, host), abandoned(signals, host.stderr), faulty(hooks, host, isCheckCommand(argv))])
  await Promise.all([host.stdout.flushed(FLUSH_LIMIT_MS), host.stderr.flushed(FLUSH_LIMIT_MS)])
  signals.disarm()
  return exit
}

// The SDK of AWS fails before its first request if the user has no home. Container runtimes name this one. Programs do not get it.
function nameHomeForLibraries(): void {
  if (homeFolder(process.env) === undefined) process.env['HOME'] = '/'
}

/** Resolves if a stopped run has not ended in time. */
function abandoned(signals: HeldSignals, stderr: Output): Promise<Exit> {
  return new Promise((resolve) => {
    signals.stop.addEventListener('abort', () => {
      const giveUp = () => {
        stderr.write('error: rollback aborted; the next run removes what is left\n')
        resolve(exitBy(signals.stoppedBy()))
      }
      setTimeout(giveUp, ROLL_BACK_LIMIT_MS).unref()
    })
  })
}

function exitBy(signal: SignalName | undefined): Exit {
  return { code: 1, ...(signal !== undefined && { signal }) }
}

/** An uncaught error: a run in progress is stopped, rolled back and reports it; everything else ends here. */
function faulty({ onFault }: ProcessHooks, host: CliHost, isCheck: boolean): Promise<Exit> {
  return new Promise((resolve) => {
    onFault((error) => {
      const { signals } = host
      if (signals.isArmed() && !signals.stop.aborted) {
        signals.fail(error)
        return
      }
      if (isCheck) resolve(printUnknown(error, host))
      else printFailure(asAppError(error), host)
      if (!signals.isArmed()) resolve(exitBy(undefined))
    })
  })
}
