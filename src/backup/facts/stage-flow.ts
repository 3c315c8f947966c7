import type { ObjectSpec } from '../../plan/plan.ts'
import type { PipelineActivity } from '../../process/stage-activity.ts'
import { activityOfPlan } from './observe-output.ts'

/** What the stages of the pipeline of an object do, between the pipeline and the events about its progress. */
export interface StageFlow {
  see(activity: PipelineActivity): void
  /** What was seen since the last call; undefined if nothing was. */
  take(): PipelineActivity | undefined
}

/** For one execution of the pipeline. */
export function openStageFlow(object: ObjectSpec): StageFlow {
  let seen: PipelineActivity | undefined
  return {
    see(activity) {
      seen = activityOfPlan(object, activity)
    },
    take() {
      const taken = seen
      seen = undefined
      return taken
    },
  }
}
