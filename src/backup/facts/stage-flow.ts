import type { ObjectSpec } from '../../plan/plan.ts'
import type { PipelineActivity } from '../../process/stage-activity.ts'
import { activityOfPlan } from './observe-output.ts'

/** What the stages of the pipeline of an object do, between the pipeline and the events about its progress. */
export interface StageFlow {
  see(activity: PipelineActivity): void
  /** The data since the last call; undefined if there is none, or this is less than two seconds ago. */
  take(): PipelineActivity | undefined
}

// Events are written to files, and are larger with the activity of stages. Less than two seconds: timers are not exact.
const EVERY_MS = 1800

/** For one execution of the pipeline. */
export function openStageFlow(object: ObjectSpec): StageFlow {
  let seen: PipelineActivity | undefined
  let takenMs = -Infinity
  return {
    see(activity) {
      seen = activityOfPlan(object, activity)
    },
    take() {
      const nowMs = performance.now()
      if (seen === undefined || nowMs - takenMs < EVERY_MS) return undefined
      const taken = seen
      takenMs = nowMs
      seen = undefined
      return taken
    },
  }
}
