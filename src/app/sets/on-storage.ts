import { printable } from '../../lib/format.ts'
import type { BackupTarget } from '../../plan/plan.ts'
import { describeStorage } from '../../plan/steps/describe-step.ts'
import type { OwnedSets } from '../../plan/steps/sets-of.ts'
import { UsageError } from '../usage-error.ts'

/** The sets on the storage of that name in the configuration, or at that place; for undefined all. Throws `UsageError`. */
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
