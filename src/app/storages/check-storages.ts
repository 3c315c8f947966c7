import { AppError } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import { nearest } from '../../lib/suggest.ts'
import type { StorageSpec } from '../../plan/plan.ts'
import { type CheckResult, checkStorage } from '../../storage/check-storage.ts'
import { openStorage } from '../../storage/open-storage.ts'
import { describeHolder } from '../../storage/root/root-lock.ts'
import type { OperationContext } from '../../storage/storage.ts'
import type { Host } from '../host/host.ts'
import { openingDeps, type RootChoices } from '../host/wire.ts'
import { UsageError } from '../usage-error.ts'

class UnknownStorage extends AppError {
  readonly code = 'cli/unknown-storage'
}

/** The storage with that name, for a test; without a name, the only one. Throws `UsageError` if there are several, and `cli/unknown-storage`. */
export function chooseStorage(
  storages: ReadonlyMap<string, StorageSpec>,
  requested: string | undefined,
): { readonly name: string; readonly spec: StorageSpec } {
  const names = [...storages.keys()]
  const shown = names.length > 0 ? `Available storages: ${names.map((it) => `"${printable(it)}"`).join(', ')}.` : 'No storages are configured.'
  const [only, another] = names
  const name = requested ?? (another === undefined ? only : undefined)
  if (name === undefined) throw new UsageError('missing name of the storage', { hint: shown })
  const found = storages.get(name)
  if (found?.kind === 'null') throw new UnknownStorage(`the storage "${printable(name)}" discards all data and cannot be tested`)
  if (found !== undefined) return { name, spec: found }
  const guess = nearest(name, names)
  throw new UnknownStorage(`unknown storage "${printable(name)}"`, {
    hint: `${guess === undefined ? '' : `Did you mean "${printable(guess)}"? `}${shown}`,
  })
}

export interface StorageCheck extends RootChoices {
  readonly spec: StorageSpec
  /** Size of the object for measuring the rate; 0: not measured. */
  readonly speedBytes: number
}

/** Called during the test of a storage. */
export interface StorageObserver {
  onOpen(label: string): void
  onBegin(title: string): void
  onResult(result: CheckResult): void
}

/** Tests whether a storage meets the requirements, with objects that are removed afterwards. Resolves with whether all tests succeeded. */
export async function testStorage({ spec, speedBytes, ...roots }: StorageCheck, observer: StorageObserver, host: Host): Promise<boolean> {
  const { signals, note } = host
  signals.arm()
  const storage = await openStorage(spec, { ...openingDeps({ ...host, ...roots }), note })
  let isGood = true
  try {
    observer.onOpen(storage.label)
    const onWait: OperationContext['onWait'] = ({ root, holder }) => note(`waiting for ${root}, in use by ${describeHolder(holder)}`)
    const call: OperationContext = { signal: signals.stop, task: 'storage check', onWait }
    for await (const result of checkStorage(storage, { speedBytes, call, onBegin: observer.onBegin })) {
      isGood &&= result.status !== 'failed'
      observer.onResult(result)
    }
  } finally {
    await storage.close()
  }
  return isGood
}
