import { printable } from '../../lib/format.ts'
import type { BackupTarget, Plan } from '../../plan/plan.ts'
import { describeStorage } from '../../plan/steps/describe-step.ts'
import { type OwnedSets, setsOf } from '../../plan/steps/sets-of.ts'
import { chooseTask } from '../choose-task.ts'
import type { RootChoices } from '../host/wire.ts'
import { UsageError } from '../usage-error.ts'

/** Selects sets by task and storage. */
export interface SetsRequest extends RootChoices {
  readonly plan: Plan
  /** Absent: all tasks. Includes the tasks inside it. */
  readonly task: string | undefined
  /** Absent: all storages. */
  readonly storage: string | undefined
}

/** The selected sets. Throws `cli/unknown-task`, and `UsageError` for a storage that has none of them. */
export function requestedSets({ plan, task, storage }: Omit<SetsRequest, keyof RootChoices>): readonly OwnedSets[] {
  return onStorage(setsOf(plan, task ? chooseTask(plan, task) : undefined), storage)
}

/** The sets on the storage with that name in the configuration, or with that location; for undefined, all. Throws `UsageError`. */
export function onStorage(owned: readonly OwnedSets[], storage: string | undefined): readonly OwnedSets[] {
  if (storage === undefined) return owned
  const found = owned
    .map((it) => ({ ...it, targets: it.targets.filter((target) => isCalled(target, storage)) }))
    .filter(({ targets }) => targets.length > 0)
  if (found.length > 0) return found
  const names = [...new Set(owned.flatMap(({ targets }) => targets.map((target) => target.name ?? describeStorage(target.storage))))]
  throw new UsageError(`these sets are not stored on "${printable(storage)}"`, {
    hint: names.length === 0 ? 'No storage keeps sets of this task.' : `Available storages: ${names.map(printable).join(', ')}.`,
  })
}

function isCalled({ name, storage }: BackupTarget, wanted: string): boolean {
  const place = describeStorage(storage)
  return name === wanted || place === wanted || place === JSON.stringify(wanted)
}
