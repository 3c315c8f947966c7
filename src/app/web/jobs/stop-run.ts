import type { Journal } from '../../../journal/journal.ts'
import { signalProcess } from '../../../process/command/start-detached.ts'
import { JobError } from './open-jobs.ts'

/** Asks a run of this host to end; it rolls back. Rejects with `journal/no-run`, and with `web/not-running` when its process is not there. */
export async function stopRun(run: string, journal: Journal): Promise<void> {
  const { host: _, ...identity } = await journal.owner(run)
  if (!signalProcess(identity, 'SIGTERM')) throw new JobError('not-running', 'the run is not running on this host')
}
