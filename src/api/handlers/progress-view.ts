import type { Web } from '../../app/web/open-web.ts'
import type { RunProgress } from '../schema/runs.ts'

/** The progress of a run that this server, or an earlier one of this host, has started; null for other runs. */
export async function progressOf(run: string, { jobs }: Pick<Web, 'jobs'>): Promise<RunProgress | null> {
  const job = jobs.jobOf(run) ?? (await findJob(run, jobs))
  const followed = job === undefined ? undefined : await jobs.follow(job)
  if (followed === undefined) return null
  const { progress } = followed
  const time = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString())
  return {
    steps: progress.steps.map(({ text, state, beganMs, endedMs }) => ({ text, state, began: time(beganMs), ended: time(endedMs) })),
    inner: progress.inner ?? null,
    objects: progress.objects.map(({ path, bytes, expectedBytes, beganMs, storage }) => ({
      ...{ path, bytes, expectedBytes: expectedBytes ?? null, storage: storage ?? null },
      bytesPerSecond: followed.bytesPerSecond(path) ?? null,
      began: new Date(beganMs).toISOString(),
    })),
    ...{ made: progress.made, wanted: progress.wanted, madeInAll: progress.madeInAll, expired: progress.expired },
    published: progress.published.map((it) => ({ ...it })),
  }
}

// Runs that the server finds after its restart.
async function findJob(run: string, jobs: Web['jobs']): Promise<string | undefined> {
  for (const { id, kind, state } of jobs.list()) {
    if (kind !== 'run' || state !== 'running') continue
    if ((await jobs.follow(id))?.runId === run) return id
  }
  return undefined
}
