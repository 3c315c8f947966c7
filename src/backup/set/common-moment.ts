import type { OperationContext } from '../../storage/storage.ts'
import { candidateNames, parseSetName } from './set-name.ts'
import type { SetStore } from './set-store.ts'

/**
 * The moment whose name a set can get on all of these storages, so that it is called the same everywhere: the first second from `began` on that is free.
 * A storage whose names cannot be read has no say; it fails when it is asked for more. With one storage alone it is `began`: that finds a name by itself.
 */
export async function commonMoment(stores: readonly SetStore[], began: Date, call: OperationContext): Promise<Date> {
  if (stores.length < 2) return began
  const present = await Promise.all(stores.map((sets) => sets.names(call).catch(() => [])))
  const [name] = candidateNames(began, present.flat())
  return (name === undefined ? undefined : parseSetName(name)) ?? began
}
