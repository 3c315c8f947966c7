import type { JobView } from '../../app/web/jobs/job.ts'
import { startTask } from '../../app/web/jobs/start-task.ts'
import { stopRun } from '../../app/web/jobs/stop-run.ts'
import type { Web } from '../../app/web/open-web.ts'
import type { TaskView } from '../../app/web/overview/read-overview.ts'
import { readTaskDays } from '../../app/web/overview/task-days.ts'
import { drillsOfRun } from '../../app/web/sets/read-drills.ts'
import type { RecordedStage, RunRecord } from '../../journal/run-record.ts'
import { recordBegun, recordUndone } from '../access/record.ts'
import { ApiError } from '../problems.ts'
import type { Run } from '../schema/runs.ts'
import { accountOf, type Handlers } from './handler.ts'
import { jobProgress, progressOf } from './progress-view.ts'
import { LOCAL, pageOf, runRow, taskOf } from './views.ts'

type Names = 'listTasks' | 'readTask' | 'listDays' | 'listRuns' | 'startRun' | 'readRun' | 'stopRun' | 'listJobs' | 'readJob' | 'stopJob'

export const runHandlers: Handlers<Names> = {
  async listTasks({ api: { web }, query }) {
    const { tasks, at } = await web.data.overview()
    return pageOf(
      tasks.map((it) => taskOf(it, at)),
      query,
      at,
    )
  },
  readTask: async ({ api: { web }, query: { task } }) => taskOf(await taskView(web, task), web.host.clock()),
  async listDays({ api: { web }, query }) {
    const now = web.host.clock()
    const days = await readTaskDays(web.data.journal, { task: query.task, from: query.from, now })
    return pageOf([...days], query, now)
  },
  async listRuns({ api: { web }, query }) {
    const { task, state, from, to, limit, cursor } = query
    const now = web.host.clock()
    const after = /^(?<began>[\d:TZ.-]{20,30})_(?<id>.+)$/u.exec(cursor ?? '')?.groups
    const filter = {
      ...(task !== undefined && { task }),
      ...(state === 'failed' && { failed: true }),
      ...(state === 'running' && { running: true }),
      ...(from !== undefined && { from: new Date(from) }),
      ...(to !== undefined && { to: new Date(to) }),
    }
    const place = after ? { after: { began: new Date(after['began'] ?? 0), id: after['id'] ?? '' } } : {}
    const [runs, total] = await Promise.all([web.data.journal.runs({ ...filter, ...place, limit: limit + 1 }), web.data.journal.count(filter)])
    const rows = runs.slice(0, limit)
    const last = rows.at(-1)
    const next = runs.length > limit && last ? `${last.began.toISOString()}_${last.id}` : null
    return { asOf: now.toISOString(), total, rows: rows.map((it) => runRow(it, now)), next }
  },
  async startRun(call) {
    const { web } = call.api
    const { task, dryRun } = call.body
    const { name } = accountOf(call)
    const plan = await web.plans.plan()
    await recordBegun(call, { action: dryRun ? 'dry-run-started' : 'run-started', target: task })
    const key = call.headers.get('idempotency-key')
    const started = await startTask({ task, dryRun, startedBy: name, key: key?.slice(0, 256) }, { plan, jobs: web.jobs, data: web.data })
    if (started.isOther) await recordUndone(call, `already running, started by ${started.startedBy}`)
    return started
  },
  async readRun({ api: { web }, params }) {
    const record = await web.data.journal.run(idOf(params['run']))
    return runOf(record, web)
  },
  async stopRun(call) {
    const { web } = call.api
    const run = idOf(call.params['run'])
    const { task } = await web.data.journal.run(run)
    await recordBegun(call, { action: 'run-stopped', target: `${task} ${run}` })
    await stopRun(run, web.data.journal)
    return null
  },
  listJobs: ({ api: { web }, query }) => pageOf(web.jobs.list().map(jobOf), query, web.host.clock()),
  async readJob({ api: { web }, params: { job = '' } }) {
    const found = web.jobs.read(job)
    return { ...jobOf(found), output: await web.jobs.output(job), progress: jobProgress(web.jobs.progress(job)) }
  },
  async stopJob(call) {
    const { web } = call.api
    const { id, task, command } = web.jobs.read(call.params['job'] ?? '')
    await recordBegun(call, { action: 'job-stopped', target: task, before: { command } })
    web.jobs.stop(id)
    return null
  },
}

/** One task of this host. Throws `api/not-found`. */
export async function taskView({ data }: Pick<Web, 'data'>, name: string): Promise<TaskView> {
  const found = (await data.overview()).tasks.find(({ task }) => task.name === name)
  if (found === undefined) throw new ApiError('not-found', 'unknown task')
  return found
}

export function jobOf<T extends Pick<JobView, 'set'>>({ set: _, ...job }: T): Omit<T, 'set'> & { readonly host: string } {
  return { ...job, host: LOCAL }
}

// Only a complete id is accepted: a prefix could match a different run later.
export function idOf(run: string | undefined): string {
  if (run === undefined || !/^[\w-]{20,64}$/u.test(run)) throw new ApiError('not-found', 'unknown run')
  return run
}

async function runOf(record: RunRecord, web: Web): Promise<Run> {
  const { config, dialect, tool, pid, host, steps, sets } = record
  return {
    ...runRow(record, web.host.clock()),
    ...{ config, dialect, tool, pid, hostname: host },
    steps: steps.map(({ number, task, index, text, began, durationMs, status, stages, objects }) => ({
      ...{ number, task, index, text, began: began.toISOString(), durationMs: durationMs ?? null, status: status ?? null },
      stages: stages.map(stageOf),
      objects: objects.map((it) => ({
        ...{ path: it.path, began: it.began.toISOString(), durationMs: it.durationMs ?? null, status: it.status ?? null },
        ...{ bytes: it.bytes ?? null, sha256: it.sha256 ?? null, stages: it.stages.map(stageOf) },
      })),
    })),
    sets: sets.map(({ at, bytes, reason, ...it }) => ({ ...it, at: at.toISOString(), bytes: bytes ?? null, reason: reason ?? null })),
    drills: await drillsOfRun(
      { journal: web.data.journal, plan: await web.plans.plan() },
      { run: record.id, tasks: steps.map((it) => it.task), began: record.began },
    ),
    progress: await progressOf(record, web),
    canStop: record.state === 'running',
  }
}

function stageOf({ program, execId, exitCode, signal, durationMs, stderr }: RecordedStage) {
  return { program, exec: execId ?? null, exitCode: exitCode ?? null, signal: signal ?? null, durationMs, stderr }
}
