import { setTimeout as sleep } from 'node:timers/promises'
import type { JobView } from './job.ts'
import type { Jobs } from './open-jobs.ts'

const TRIES = 600
const WAIT_MS = 100

/** Requests all running jobs to stop, and waits until they have ended. Resolves with those that are still running after a minute. */
export async function stopJobs(jobs: Pick<Jobs, 'list' | 'stop'>): Promise<readonly JobView[]> {
  const running = () => jobs.list().filter(({ state }) => state === 'running')
  for (const { id } of running()) jobs.stop(id)
  for (let tries = 0; tries < TRIES && running().length > 0; tries += 1) await sleep(WAIT_MS)
  return running()
}
