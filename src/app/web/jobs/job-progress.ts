import { z } from 'zod'
import type { ReadProgress } from '../../../backup/store/read-progress.ts'
import { parseJson } from '../../../lib/parse-json.ts'
import type { PipelineActivity } from '../../../process/stage-activity.ts'
import { PIPELINE_ACTIVITY } from '../../../run/event-schema.ts'
import type { Host } from '../../host/host.ts'
import { stateFolder } from '../../host/state-folder.ts'
import { openJobFiles } from './job-files.ts'
import { sampleRates } from './sample-rates.ts'

const count = z.number().min(0)

const progress = z.object({
  objects: z.array(
    z.object({
      path: z.string(),
      bytes: count,
      expectedBytes: count,
      bytesPerSecond: count.optional(),
      pipeline: PIPELINE_ACTIVITY.optional(),
    }),
  ),
  finished: count,
  wanted: count,
  doneBytes: count,
  totalBytes: count,
  /** Of all objects together. */
  bytesPerSecond: count.optional(),
})

/** How far a job is that reads a set. */
export interface JobProgress extends Omit<z.infer<typeof progress>, 'objects'> {
  /** In progress. */
  readonly objects: readonly JobObject[]
}

interface JobObject extends Omit<z.infer<typeof progress>['objects'][number], 'pipeline'> {
  readonly pipeline?: PipelineActivity | undefined
}

/** Undefined if the text is no progress, for example of another version. */
export function parseProgress(text: string): JobProgress | undefined {
  return progress.safeParse(parseJson(text)).data as JobProgress | undefined
}

const EVERY_MS = 1000

/** Records the progress of a command that the server has started as this job, at most once a second. What cannot be written is left out. */
export function openJobProgress(id: string, host: Pick<Host, 'env' | 'uid'>): (read: ReadProgress) => void {
  const files = openJobFiles(stateFolder(host.env, host.uid))
  const rates = sampleRates()
  let writtenMs = -Infinity
  return ({ reading, finished, objects: wanted, doneBytes, totalBytes }) => {
    const atMs = performance.now()
    if (atMs - writtenMs < EVERY_MS) return
    writtenMs = atMs
    rates.add('', { atMs, bytes: Number(doneBytes) })
    for (const { path, bytes } of reading) rates.add(`/${path}`, { atMs, bytes })
    const rated = (key: string) => ({ bytesPerSecond: rates.perSecond(key) })
    const now: JobProgress = {
      objects: reading.map(({ pipeline, ...it }) => ({ ...it, ...rated(`/${it.path}`), ...(pipeline && { pipeline }) })),
      ...{ finished, wanted, doneBytes: Number(doneBytes), totalBytes: Number(totalBytes), ...rated('') },
    }
    try {
      files.writeProgress(id, JSON.stringify(now))
    } catch {
      // The command itself is more important.
    }
  }
}
