import type { JobProgress } from '../../app/web/jobs/job-progress.ts'
import type { Web } from '../../app/web/open-web.ts'
import type { RunRecord } from '../../journal/run-record.ts'
import type { ObjectProgress } from '../../run/fold-events.ts'
import type { JobDetail } from '../schema/jobs.ts'
import type { RunProgress } from '../schema/runs.ts'

/** The progress of a run of this host: from its output, if a server has started it, otherwise from the journal. */
export async function progressOf(record: RunRecord, web: Pick<Web, 'jobs' | 'progress'>): Promise<RunProgress | null> {
  if (record.state !== 'running') return null
  const job = web.jobs.jobOf(record.id) ?? (await findJob(record.id, web.jobs))
  return (job === undefined ? undefined : await followed(job, web)) ?? recorded(record, web)
}

async function followed(job: string, { jobs }: Pick<Web, 'jobs'>): Promise<RunProgress | undefined> {
  const run = await jobs.follow(job)
  if (run === undefined) return undefined
  const { progress } = run
  const time = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString())
  return {
    steps: progress.steps.map(({ text, state, beganMs, endedMs }) => ({ text, state, began: time(beganMs), ended: time(endedMs) })),
    inner: progress.inner ?? null,
    objects: progress.objects.map(({ path, bytes, expectedBytes, beganMs, storage, pipeline }) => ({
      ...{ path, bytes, expectedBytes: expectedBytes ?? null, storage: storage ?? null, pipeline: activityView(pipeline) },
      bytesPerSecond: run.bytesPerSecond(path) ?? null,
      began: new Date(beganMs).toISOString(),
    })),
    ...{ made: progress.made, wanted: progress.wanted, madeInAll: progress.madeInAll, expired: progress.expired },
    published: progress.published.map((it) => ({ ...it })),
  }
}

/** Without the steps that have not begun: they are not recorded. */
async function recorded(record: RunRecord, { progress }: Pick<Web, 'progress'>): Promise<RunProgress> {
  const { objects, made, wanted, madeInAll } = await progress.read(record)
  const published = record.sets.filter(({ fate }) => fate === 'published')
  return {
    steps: record.steps.map(({ text, status, began, durationMs }) => ({
      ...{
        text,
        state: status === undefined ? 'running' : status === 'failed' || status === 'stopped' ? 'failed' : 'done',
        began: began.toISOString(),
      },
      ended: durationMs === undefined ? null : new Date(began.getTime() + durationMs).toISOString(),
    })),
    inner: null,
    objects: objects.map(({ began, pipeline, ...it }) => ({ ...it, began: began.toISOString(), storage: null, pipeline: activityView(pipeline) })),
    ...{ made, wanted, madeInAll, expired: record.sets.filter(({ fate }) => fate === 'expired').length },
    published: published.map(({ set, storage, bytes = 0 }) => ({ set, storage, bytes })),
  }
}

/** The progress of a job that reads a set. */
export function jobProgress(progress: JobProgress | undefined): JobDetail['progress'] {
  if (progress === undefined) return null
  return {
    ...progress,
    bytesPerSecond: progress.bytesPerSecond ?? null,
    objects: progress.objects.map(({ pipeline, bytesPerSecond = null, ...it }) => ({ ...it, bytesPerSecond, pipeline: activityView(pipeline) })),
  }
}

function activityView(activity: ObjectProgress['pipeline']): RunProgress['objects'][number]['pipeline'] {
  if (activity === undefined) return null
  const { stages, slowest = null } = activity
  return {
    stages: stages.map(({ program, execId, readBytes, writtenBytes, bytesPerSecond, cores, starved, blocked, exitCode, signal }) => ({
      ...{ program, exec: execId ?? null, readBytes: readBytes ?? null, writtenBytes: writtenBytes ?? null },
      ...{ bytesPerSecond: bytesPerSecond ?? null, cores: cores ?? null, starved: starved ?? null, blocked: blocked ?? null },
      ...{ exitCode: exitCode ?? null, signal: signal ?? null },
    })),
    slowest,
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
