import type { PipelineActivity } from './stage-activity.ts'

/** Receives the activity of two pipelines, the second of which reads the output of the first. */
export interface JoinedActivities {
  /** Of the first, which may have no stages. */
  readonly first: (activity: PipelineActivity) => void
  /** Of the second. */
  readonly second: (activity: PipelineActivity) => void
}

const NOTHING: PipelineActivity = { stages: [] }

/** Reports both as one pipeline. `name`: of the stage of the second, whose program is a wrapper. */
export function joinActivities(name: string, report: (activity: PipelineActivity) => void): JoinedActivities {
  let first = NOTHING
  let second = NOTHING
  const join = () => {
    const named = second.stages.map((stage) => ({ ...stage, program: name }))
    // The first waits for the second as for a storage.
    const slowest = first.slowest ?? (second.slowest === 0 ? first.stages.length : undefined)
    const isKnown = slowest !== undefined && slowest < first.stages.length + named.length
    report({ stages: [...first.stages, ...named], ...(isKnown && { slowest }) })
  }
  return {
    first(activity) {
      first = activity
      join()
    },
    second(activity) {
      second = activity
      join()
    },
  }
}
