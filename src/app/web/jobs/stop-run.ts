import type { Journal } from '../../../journal/journal.ts'
import { signalProcess } from '../../../process/command/start-detached.ts'
import { JobError } from './open-jobs.ts'

/** Requests a run of this host to stop; it rolls back. Rejects with `journal/no-run`, and with `web/not-running` if its process does not exist. */
export async function stopRun(run: string, journal: Journal): Promise<void> {
  const { host: _, ...identity } = await journal.owner(run)
  if (!signalProcess(identity, 'SIGTERM')) throw new JobError('not-running', 'the run is not running on this host')
}
