import type { Plan } from '../../../plan/plan.ts'
import { chooseTask } from '../../choose-task.ts'
import type { LocalData } from '../local-data.ts'
import { JobError, type Jobs } from './open-jobs.ts'

export interface TaskStart {
  readonly task: string
  readonly dryRun: boolean
  readonly startedBy: string
  readonly key?: string | undefined
}

export interface StartedTask {
  readonly run: string | null
  readonly job: string
  readonly isOther: boolean
  readonly startedBy: string
  readonly at: string
}

export interface StartDeps {
  readonly plan: Plan
  readonly jobs: Jobs
  readonly data: Pick<LocalData, 'journal'>
}

const TRIES = 200
const WAIT_MS = 100

// Sequential: of two concurrent requests, the second finds the run of the first.
let turn: Promise<unknown> = Promise.resolve()

/**
 * Starts a run of a task; if a run is in progress, returns that run and its user. Resolves when the run has begun. Rejects with `cli/unknown-task`,
 * and with `web/not-begun` if the process ended before the run began.
 */
export function startTask(request: TaskStart, deps: StartDeps): Promise<StartedTask> {
  const start = turn.then(() => startNow(request, deps))
  turn = start.catch(() => undefined)
  return start
}

async function startNow({ task, dryRun, startedBy, key }: TaskStart, { plan, jobs, data }: StartDeps): Promise<StartedTask> {
  const { name } = chooseTask(plan, task)
  if (dryRun) {
    const job = jobs.start({ kind: 'dry-run', task: name, words: ['run', '--dry-run', '--', name], startedBy, key })
    return { run: null, job: job.id, isOther: false, startedBy, at: job.began }
  }
  const other = await findOther(name, { startedBy, key }, { plan, jobs, data })
  if (other !== undefined) return other
  const job = jobs.start({ kind: 'run', task: name, words: ['run', '--json', '--', name], startedBy, key })
  for (let tries = 0; tries < TRIES; tries += 1) {
    const followed = await jobs.follow(job.id)
    if (followed?.runId !== undefined && (await isRecorded(followed.runId, data)))
      return { run: followed.runId, job: job.id, isOther: false, startedBy, at: job.began }
    if (followed?.runId === undefined && jobs.read(job.id).state !== 'running') throw new JobError('not-begun', await whyNot(job.id, jobs))
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS))
  }
  return { run: null, job: job.id, isOther: false, startedBy, at: job.began }
}

/** The run of the task that is in progress, unless this request started it. */
async function findOther(
  task: string,
  request: Pick<TaskStart, 'startedBy' | 'key'>,
  { plan, jobs, data }: StartDeps,
): Promise<StartedTask | undefined> {
  // The run may have begun just now, and not be recorded yet.
  const begun = jobs.list().find((it) => it.kind === 'run' && it.task === task && it.state === 'running')
  if (begun !== undefined) {
    if (jobs.isOf(begun.id, request)) return undefined
    const run = (await jobs.follow(begun.id))?.runId ?? null
    return { run, job: begun.id, isOther: true, startedBy: begun.startedBy, at: begun.began }
  }
  const [running] = (await data.journal.runs({ task, running: true, limit: 1 })).filter(({ config }) => config === plan.file)
  return running && { run: running.id, job: '', isOther: true, startedBy: running.user ?? running.startedBy, at: running.began.toISOString() }
}

/** The record is written shortly after the run has begun; the response is delayed until a client can read it. */
function isRecorded(run: string, { journal }: StartDeps['data']): Promise<boolean> {
  return journal.run(run).then(
    () => true,
    () => false,
  )
}

async function whyNot(id: string, jobs: Jobs): Promise<string> {
  const line = (await jobs.output(id)).split('\n').find((it) => it.startsWith('error: '))
  return line === undefined ? 'the run ended before it began' : `the run did not begin: ${line.slice('error: '.length)}`
}
