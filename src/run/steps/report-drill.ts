import { isGood, type ObjectDrill } from '../../backup/drill/drill-result.ts'
import type { BackupEvent } from '../../backup/set/events.ts'
import type { OnReadProgress, ReadingObject } from '../../backup/store/read-progress.ts'
import type { PipelineActivity } from '../../process/stage-activity.ts'

interface DrillReporting {
  /** The backup step. */
  readonly step: string
  readonly set: string
  readonly storage: string
  /** How often the progress of an object is reported. Absent: never. */
  readonly progressMs: number | undefined
  readonly nowMs: () => number
  emit(event: BackupEvent): void
}

/** Receives what a drill does. */
export interface ReportedDrill {
  readonly onProgress: OnReadProgress
  onObject(drill: ObjectDrill): void
}

interface Shown {
  readonly expectedBytes: number
  reportedMs: number
  pipeline: PipelineActivity | undefined
}

/** Reports a drill by the events of a backup. Each object begins once, also if it is tried again. */
export function reportDrill({ step, set, storage, progressMs, nowMs, emit }: DrillReporting): ReportedDrill {
  const shown = new Map<string, Shown>()
  let hasBegun = false
  const begin = (path: string, expectedBytes?: number): Shown => {
    const known = shown.get(path)
    if (known !== undefined) return known
    const begun = { expectedBytes: expectedBytes ?? 0, reportedMs: nowMs(), pipeline: undefined }
    shown.set(path, begun)
    emit({ kind: 'object-began', step, path, ...(expectedBytes !== undefined && { expectedBytes }), isDrill: true })
    return begun
  }
  const advance = ({ path, bytes, expectedBytes, pipeline }: ReadingObject) => {
    const object = begin(path, expectedBytes)
    if (progressMs === undefined || nowMs() - object.reportedMs < progressMs) return
    object.reportedMs = nowMs()
    const isNew = pipeline !== undefined && pipeline !== object.pipeline
    object.pipeline = pipeline
    emit({ kind: 'object-progress', step, path, bytes, ...(isNew && { pipeline }) })
  }
  return {
    onProgress({ reading, objects }) {
      if (!hasBegun) emit({ kind: 'set-began', step, storage, objects, drilled: set })
      hasBegun = true
      reading.forEach(advance)
    },
    onObject({ path, end, durationMs }) {
      const { expectedBytes } = begin(path)
      const event = { step, path, durationMs, isDrill: true } as const
      const how = { ...(expectedBytes > 0 && { bytes: expectedBytes }), ...(end === 'read' && { isOnlyRead: true as const }) }
      if (isGood(end)) emit({ kind: 'object-ended', ...event, ...how })
      else emit({ kind: 'object-failed', ...event, stopped: end === 'inconclusive', stages: [] })
    },
  }
}
