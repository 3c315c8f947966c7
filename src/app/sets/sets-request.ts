import type { Plan } from '../../plan/plan.ts'
import { type OwnedSets, setsOf } from '../../plan/steps/sets-of.ts'
import { chooseTask } from '../choose-task.ts'
import type { RootChoices } from '../host/wire.ts'
import { onStorage } from './on-storage.ts'

/** Whose sets are meant, and where. */
export interface SetsRequest extends RootChoices {
  readonly plan: Plan
  /** Absent: of every task. Those of tasks inside it too. */
  readonly task: string | undefined
  /** Absent: on every storage. */
  readonly storage: string | undefined
}

/** The sets that are meant. Throws `cli/unknown-task`, and `UsageError` for a storage that has none of them. */
export function setsMeant({ plan, task, storage }: Omit<SetsRequest, keyof RootChoices>): readonly OwnedSets[] {
  return onStorage(setsOf(plan, task ? chooseTask(plan, task) : undefined), storage)
}
