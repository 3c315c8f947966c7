import type { Plan } from '../plan/plan.ts'
import type { TaskLock } from './task-lock.ts'

type Lock = (name: string) => Promise<TaskLock>

// A name that no task has.
const WHOLE_PLAN = '\0plan'

/** The lock of a task; if only one run of the plan is permitted at a time, the first task of a run acquires the lock of the whole plan before it. */
export function planLock({ oneRunAtATime = false }: Plan, lock: Lock): Lock {
  let isHeld = false
  return async (task) => {
    if (!oneRunAtATime || isHeld) return lock(task)
    const whole = await lock(WHOLE_PLAN)
    if (whole.kind !== 'held') return whole.kind === 'busy' ? { ...whole, isPlan: true } : whole
    const own = await lock(task)
    if (own.kind !== 'held') {
      await whole.release()
      return own
    }
    isHeld = true
    const release = async () => {
      isHeld = false
      await Promise.all([own.release(), whole.release()])
    }
    return { kind: 'held', release }
  }
}
