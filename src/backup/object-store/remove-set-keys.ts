import { type Key, type OperationContext, type Storage, StorageError } from '../../storage/storage.ts'
import { MANIFEST_PATHS } from '../set/load-manifest.ts'
import { type MarkerDeps, timeOf } from './marker-files.ts'
import { markerAt } from './markers-of-set.ts'

const AT_ONCE = 1000

/**
 * Removes keys of a set that has a marker: the manifest first and the markers last, so that the set never counts as complete while objects are
 * missing, and has a marker until it is removed. `last` is removed after all others. `assertInTerm` throws when the removal must end. Rejects with
 * `storage/broken`, and leaves the markers, if the storage still lists removed files.
 */
export async function removeSetKeys(
  storage: Storage,
  {
    name,
    keys,
    last,
    deps,
    assertInTerm = () => undefined,
  }: { readonly name: string; readonly keys: readonly Key[]; readonly last?: Key; readonly deps: MarkerDeps; readonly assertInTerm?: () => void },
  call: OperationContext,
): Promise<void> {
  const pathOf = (key: Key) => key.slice(name.length + 1)
  const markers = keys.filter((key) => markerAt(pathOf(key)) !== undefined && key !== last)
  const manifests = keys.filter((key) => MANIFEST_PATHS.includes(pathOf(key)))
  const taken = new Set([...markers, ...manifests, last])
  const others = keys.filter((key) => !taken.has(key))
  for (const key of manifests) {
    assertInTerm()
    await storage.remove(key, call)
  }
  for (let begin = 0; begin < others.length; begin += AT_ONCE) {
    assertInTerm()
    const some = others.slice(begin, begin + AT_ONCE)
    if (storage.removeMany) await storage.removeMany(some, call)
    else
      for (const key of some) {
        assertInTerm()
        await storage.remove(key, call)
      }
  }
  await confirmRemoved(storage, { name, keys: [...manifests, ...others], deps }, call)
  for (const key of [...markers, ...(last === undefined ? [] : [last])]) {
    assertInTerm()
    await storage.remove(key, call)
  }
}

// For stores whose listings lag by some seconds.
const CHECKS = 10
const CHECK_MS = 1000

/** An answer alone is no proof: that of a proxy, or of a store that ignores removals, looks the same. */
async function confirmRemoved(
  storage: Storage,
  { name, keys, deps }: { readonly name: string; readonly keys: readonly Key[]; readonly deps: MarkerDeps },
  call: OperationContext,
): Promise<void> {
  if (keys.length === 0) return
  const removed = new Set(keys)
  for (let checks = 1; ; checks += 1) {
    let left = 0
    for await (const { key } of storage.list(`${name}/`, call)) if (removed.has(key)) left += 1
    if (left === 0) return
    if (checks === CHECKS)
      throw new StorageError(
        'broken',
        `the removal of "${name}" was confirmed, but "${storage.label}" still lists ${left} of its ${keys.length} files`,
        {
          hint: 'Check whether the account may delete objects, and proxies in front of the store.',
        },
      )
    await timeOf(deps).pause(CHECK_MS, call.signal)
  }
}
