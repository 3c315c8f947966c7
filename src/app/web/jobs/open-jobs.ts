import { createHash, randomUUID } from 'node:crypto'
import { closeSync } from 'node:fs'
import { PROGRAM } from '../../../lib/assets.ts'
import { errorsOf } from '../../../lib/errors.ts'
import { shellWord } from '../../../lib/shell-word.ts'
import { signalProcess, startDetached } from '../../../process/command/start-detached.ts'
import { livenessOf } from '../../../process/identity/process-identity.ts'
import { EXIT_CODES } from '../../host/exit-codes.ts'
import { JOB_USER_VARIABLE, JOB_VARIABLE } from '../../host/host.ts'
import { stateFolder } from '../../host/state-folder.ts'
import type { WebHost } from '../web-host.ts'
import { type FollowedRun, followRun } from './follow-run.ts'
import type { JobRecord, JobView } from './job.ts'
import { openJobFiles } from './job-files.ts'
import { type JobProgress, parseProgress } from './job-progress.ts'

export class JobError extends errorsOf('web')<'unknown-job' | 'not-begun' | 'key-used' | 'not-running'> {}

/** A command to start. `words` follow the options that select the configuration. */
export interface JobRequest {
  readonly kind: JobRecord['kind']
  readonly task: string
  /** The set that is indexed. */
  readonly set?: string
  readonly words: readonly string[]
  readonly startedBy: string
  /** A repeated request of the same user with the same key starts nothing. */
  readonly key?: string | undefined
}

/** The commands that the server has started. They continue when the server stops, and are found again after its restart. */
export interface Jobs {
  start(request: JobRequest): JobView
  list(): readonly JobView[]
  /** Throws `web/unknown-job`. */
  read(id: string): JobView
  /** Whether the job was started by this request. */
  isOf(id: string, request: Pick<JobRequest, 'startedBy' | 'key'>): boolean
  /** The last part of both outputs. */
  output(id: string): Promise<string>
  /** The last part of one output, at most this many bytes. */
  outputOf(id: string, output: 'out' | 'err', mostBytes: number): Promise<string>
  /** Requests it to stop. Throws `web/unknown-job`. */
  stop(id: string): void
  /** How far a running job is that reads a set; undefined if unknown. */
  progress(id: string): JobProgress | undefined
  /** The progress of the run of a job; undefined if unknown. */
  follow(id: string): Promise<FollowedRun | undefined>
  /** The job that started this run. */
  jobOf(run: string): string | undefined
}

/** They record their progress. */
const READERS: readonly JobRecord['kind'][] = ['verify', 'restore', 'index']
const OUTPUT_BYTES = 64 * 1024

function keyOf({ startedBy, key }: Pick<JobRequest, 'startedBy' | 'key'>): string | null {
  return key === undefined
    ? null
    : createHash('sha256')
        .update(JSON.stringify([startedBy, key]))
        .digest('hex')
}

function stateOf(exitCode: number): 'ok' | 'partial' | 'failed' {
  if (exitCode === EXIT_CODES.ok[0]) return 'ok'
  return exitCode === EXIT_CODES.partial[0] ? 'partial' : 'failed'
}

export function openJobs(host: WebHost): Jobs {
  const files = openJobFiles(stateFolder(host.env, host.uid))
  const followed = new Map<string, FollowedRun>()
  const runs = new Map<string, string>()
  const isRunning = ({ id, process: identity }: JobRecord) =>
    files.exit(id) === undefined && identity !== null && livenessOf({ ...identity, start: identity.start }) === 'alive'
  const view = (record: JobRecord): JobView => {
    const { key: _, process: __, ...shown } = record
    const exit = files.exit(record.id)
    const state = exit === undefined ? (isRunning(record) ? 'running' : 'ended') : stateOf(exit.code)
    return { ...shown, state, exitCode: exit?.code ?? null, ended: exit?.at.toISOString() ?? null, run: runs.get(record.id) ?? null }
  }
  const find = (id: string): JobRecord => {
    const record = files.read(id)
    if (record === undefined) throw new JobError('unknown-job', 'unknown job')
    return record
  }
  const follow = async (id: string): Promise<FollowedRun | undefined> => {
    const record = find(id)
    if (record.kind !== 'run') return undefined
    const run = followed.get(id) ?? followRun(() => files.open(id, 'out'))
    followed.set(id, run)
    await run.advance()
    if (run.runId !== undefined) runs.set(id, run.runId)
    return run
  }
  const forgetExpired = () => {
    const kept = new Set(files.list().map(({ id }) => id))
    for (const map of [followed, runs]) for (const id of map.keys()) if (!kept.has(id)) map.delete(id)
  }
  return {
    start(request) {
      const key = keyOf(request)
      const known = key === null ? undefined : files.list().find((it) => it.key === key)
      if (known !== undefined) {
        if (known.kind !== request.kind || known.task !== request.task)
          throw new JobError('key-used', 'the Idempotency-Key was used for another request')
        return view(known)
      }
      files.expire(isRunning)
      forgetExpired()
      const record = begin(request, key, { host, files })
      return view(record)
    },
    isOf: (id, request) => keyOf(request) !== null && find(id).key === keyOf(request),
    list: () => files.list().map(view),
    read: (id) => view(find(id)),
    async output(id) {
      const parts = await Promise.all((['out', 'err'] as const).map((output) => endOf(files, { id: find(id).id, output, mostBytes: OUTPUT_BYTES })))
      return parts.filter((it) => it !== '').join('\n')
    },
    outputOf: (id, output, mostBytes) => endOf(files, { id: find(id).id, output, mostBytes }),
    stop(id) {
      const { process: identity } = find(id)
      if (identity !== null) signalProcess({ ...identity, start: identity.start }, 'SIGTERM', { isGroup: true })
    },
    progress(id) {
      const text = view(find(id)).state === 'running' ? files.progress(id) : undefined
      return text === undefined ? undefined : parseProgress(text)
    },
    follow,
    jobOf: (run) => [...runs].find(([, it]) => it === run)?.[0],
  }
}

function begin(
  { kind, task, set, words, startedBy }: JobRequest,
  key: string | null,
  { host, files }: { readonly host: WebHost; readonly files: ReturnType<typeof openJobFiles> },
): JobRecord {
  const { file, allowsUnsafe } = host.choice
  const all = [...(file === undefined ? [] : ['-f', file]), ...(allowsUnsafe ? ['--allow-unsafe-permissions'] : []), ...words]
  const id = randomUUID()
  const record: JobRecord = {
    ...{ id, kind, task, startedBy, key },
    ...(set !== undefined && { set }),
    command: ['holdfast', ...all].map(shellWord).join(' '),
    began: host.clock().toISOString(),
    process: null,
  }
  // Recorded before the command is started, so that the job is not lost if the server ends.
  files.write(record)
  const outputs = files.openOutputs(id)
  try {
    const environment = Object.fromEntries(Object.entries(host.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
    const argv = [PROGRAM, ...all]
    const { identity } = startDetached({
      argv,
      environment: { ...environment, [JOB_USER_VARIABLE]: startedBy, ...(READERS.includes(kind) && { [JOB_VARIABLE]: id }) },
      outputs,
    })
    const started = { ...record, process: { ...identity, start: identity.start ?? 0 } }
    files.write(started)
    return started
  } finally {
    for (const fd of outputs) closeSync(fd)
  }
}

interface OutputEnd {
  readonly id: string
  readonly output: 'out' | 'err'
  readonly mostBytes: number
}

async function endOf(files: ReturnType<typeof openJobFiles>, { id, output, mostBytes }: OutputEnd): Promise<string> {
  const handle = await files.open(id, output)
  if (handle === undefined) return ''
  try {
    const { size } = await handle.stat()
    const buffer = Buffer.alloc(Math.min(size, mostBytes))
    await handle.read(buffer, 0, buffer.length, size - buffer.length)
    return buffer.toString('utf8')
  } finally {
    await handle.close()
  }
}
