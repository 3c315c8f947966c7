import type { ResolveSecret } from '../plan/secret.ts'
import { closeInherited } from './close-inherited.ts'
import { startPipeline } from './pipeline.ts'
import type { Processes } from './processes.ts'
import { ProcessError } from './result.ts'
import { runCommand } from './run-command.ts'
import { openWorld, type ProcessSettings } from './world.ts'

const refuseSecrets: ResolveSecret = () => Promise.reject(new ProcessError('not-started', 'this run was given no way to read secrets'))

/** Opens the room for one run; closes what we inherited above fd 2. Nothing else is made before the first process needs it. */
export function openProcesses({ runId, resolveSecret = refuseSecrets, ignoredSignals = [] }: ProcessSettings): Processes {
  closeInherited()
  const world = openWorld({ runId, resolveSecret, ignoredSignals })
  return {
    startPipeline: (commands, sink, call) => startPipeline(commands, sink, call, world),
    runCommand: (command, call) => runCommand(command, call, world),
    setBlockedSignals: (signals) => {
      world.setBlockedSignals(signals)
    },
    close: () => {
      world.close()
      return Promise.resolve()
    },
  }
}
