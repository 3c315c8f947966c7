import { openRedactor, type Redactor } from '../lib/redactor/redactor.ts'
import type { Command, SignalName } from '../plan/command.ts'
import type { ResolveSecret } from '../plan/secret.ts'
import { runCommand } from './command/run-command.ts'
import { startPipeline } from './pipeline/pipeline.ts'
import { ProcessError } from './process-result.ts'
import type { PipelineCall, PipelineFor, Processes, Sink } from './processes.ts'
import { openSession, type ProcessSession, type Session } from './session.ts'
import { closeInherited } from './tool/inherited-descriptors.ts'

export interface ProcessSettings {
  readonly runId: string
  /** Absent: commands that need secrets are rejected. */
  readonly resolveSecret?: ResolveSecret
  /** Hides the secrets that it knows in the output of programs; the secrets that programs get are added. Absent: a separate one. */
  readonly redactor?: Redactor
  /** The signals that the caller ignores, which child processes must ignore, too. */
  readonly ignoredSignals?: readonly SignalName[]
  /** The folder in which runs record the processes that they start, so that the next run can end those of a killed one. Absent: no records. */
  readonly recordFolder?: string
}

const refuseSecrets: ResolveSecret = () => Promise.reject(new ProcessError('not-started', 'this run cannot read secrets'))

let current: { readonly runId: string; readonly session: Session; users: number } | undefined

/**
 * Opens the processes of one run. Closes inherited descriptors above 2; everything else is created when the first process needs it.
 *
 * There is one session per program, not one per caller. Processes of a run are recognized by a mark on Holdfast itself, which its children inherit,
 * and as its orphans: with two runs in one program, the end of one would end the processes of the other. While a session is open, opening that of
 * another run is therefore an error (`process/internal`). The same run can open it several times: all share pipes, cgroup and record, each has its own
 * secrets and signals, and the last `close` closes it.
 */
export function openProcesses(settings: ProcessSettings): Processes {
  const { runId, resolveSecret = refuseSecrets, redactor = openRedactor(), ignoredSignals = [], recordFolder } = settings
  const shared = share(runId, recordFolder)
  closeInherited()
  let blockedSignals: readonly SignalName[] = []
  const session: ProcessSession = {
    ...shared.session,
    runId,
    resolveSecret,
    redactor,
    get blockedSignals() {
      return blockedSignals
    },
    ignoredSignals,
  }
  let isOpen = true
  return {
    redactor,
    begin: () => session.begin(),
    startPipeline: async <S extends Sink>(commands: readonly Command[], sink: S, call: PipelineCall) =>
      (await startPipeline(commands, sink, call, session)) as PipelineFor<S>,
    runCommand: (command, call) => runCommand(command, call, session),
    setBlockedSignals: (signals) => {
      blockedSignals = signals
    },
    async close() {
      if (isOpen) shared.users--
      isOpen = false
      if (shared.users > 0 || current !== shared) return
      try {
        await session.close()
      } finally {
        current = undefined
      }
    },
  }
}

function share(runId: string, recordFolder: string | undefined): NonNullable<typeof current> {
  current ??= { runId, session: openSession({ runId, recordFolder }), users: 0 }
  if (current.runId !== runId)
    throw new ProcessError('internal', `could not open the processes of the run "${runId}": those of the run "${current.runId}" are open`, {
      hint: 'This is a bug in Holdfast. Please report it.',
    })
  current.users++
  return current
}
