import type { Journal } from '../../../journal/journal.ts'
import type { RecordedObject, RecordedStep, RunRecord } from '../../../journal/run-record.ts'
import type { PipelineActivity } from '../../../process/stage-activity.ts'
import { decodeActivity } from '../../../run/decode-event.ts'
import { sampleRates } from './sample-rates.ts'

/** The progress of a run as far as it is recorded in the journal, for example of one that cron has started. */
export interface RecordedProgress {
  readonly objects: readonly RecordedObjectProgress[]
  /** Of the current set. */
  readonly made: number
  readonly wanted: number
  /** Of the whole run. */
  readonly madeInAll: number
}

export interface RecordedObjectProgress {
  readonly path: string
  readonly bytes: number
  /** Its size in the last successful run. */
  readonly expectedBytes: number | null
  readonly bytesPerSecond: number | null
  readonly began: Date
  readonly pipeline?: PipelineActivity | undefined
}

/** Reads the progress of runs that other processes record. Rates are computed from what successive calls find. */
export interface ProgressReader {
  read(record: RunRecord): Promise<RecordedProgress>
}

interface Followed {
  readonly rates: ReturnType<typeof sampleRates>
  /** Undefined until they could be read. */
  sizes: Promise<ReadonlyMap<string, number>> | undefined
}

const MAX_RUNS = 50

export function openProgressReader(journal: Pick<Journal, 'runs' | 'run'>, nowMs: () => number): ProgressReader {
  const followed = new Map<string, Followed>()
  const follow = (record: RunRecord): Followed => {
    const known = followed.get(record.id)
    if (known !== undefined) return known
    const [oldest] = followed.keys()
    if (followed.size >= MAX_RUNS && oldest !== undefined) followed.delete(oldest)
    const added: Followed = { rates: sampleRates(), sizes: undefined }
    followed.set(record.id, added)
    return added
  }
  /** Without them, the progress is that without a previous run; the next call tries again. */
  const sizesOf = async (it: Followed, record: RunRecord): Promise<ReadonlyMap<string, number>> => {
    const sizes = it.sizes ?? lastSizes(journal, record)
    it.sizes = sizes
    try {
      return await sizes
    } catch {
      if (it.sizes === sizes) it.sizes = undefined
      return new Map()
    }
  }
  return {
    async read(record) {
      const run = follow(record)
      const { rates } = run
      const known = await sizesOf(run, record)
      const atMs = nowMs()
      const step = record.steps.findLast(({ status }) => status === undefined)
      const open = (step?.objects ?? []).filter(({ status }) => status === undefined)
      for (const { path, doneBytes } of open) if (doneBytes !== undefined) rates.add(path, { atMs, bytes: doneBytes })
      return {
        objects: open.map(({ path, doneBytes = 0, began, pipeline }) => ({
          ...{ path, bytes: doneBytes, began, pipeline: pipeline === undefined ? undefined : decodeActivity(pipeline) },
          expectedBytes: known.get(path) ?? null,
          bytesPerSecond: rates.perSecond(path) ?? null,
        })),
        made: madeBy(step),
        wanted: step?.wanted ?? 0,
        madeInAll: record.steps.reduce((sum, it) => sum + madeBy(it), 0),
      }
    },
  }
}

function madeBy(step: RecordedStep | undefined): number {
  return (step?.objects ?? []).filter(({ status }) => status === 'ok').length
}

/** The sizes of the objects in the last successful run of the task, by path. */
async function lastSizes(journal: Pick<Journal, 'runs' | 'run'>, { id, task }: RunRecord): Promise<ReadonlyMap<string, number>> {
  const runs = await journal.runs({ task, limit: 20 })
  const good = runs.find((it) => it.id !== id && (it.state === 'ok' || it.state === 'warnings'))
  const objects: readonly RecordedObject[] = good === undefined ? [] : (await journal.run(good.id)).steps.flatMap((it) => it.objects)
  return new Map(objects.flatMap(({ path, bytes }) => (bytes === undefined ? [] : [[path, bytes] as const])))
}
