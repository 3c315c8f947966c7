import type { Plan } from '../plan/plan.ts'
import type { TaskLock } from './task-lock.ts'

type Lock = (name: string) => Promise<TaskLock>

// No task has such a name.
const WHOLE_PLAN = '\0plan'

/** The lock of a task; with the first one of a run, where the plan has one run at a time, that of the whole plan before it. */
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
