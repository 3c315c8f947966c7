import { openProcesses } from '../../process/open-processes.ts'
import type { Processes } from '../../process/processes.ts'
import type { Host } from './host.ts'
import { secretResolver } from './resolve-secret.ts'
import { recordFolder } from './state-folder.ts'
import { newRunId } from './wire.ts'

/** The processes of this program for something that is no run of a task, or for the run of that id. The caller closes them. */
export function openHostProcesses(host: Host, runId: string = newRunId(host.clock())): Processes {
  const { signals } = host
  return openProcesses({ runId, resolveSecret: secretResolver(host), ignoredSignals: signals.ignored(), recordFolder: recordFolder(host) })
}
