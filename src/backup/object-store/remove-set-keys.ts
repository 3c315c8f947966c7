import type { Key, OperationContext, Storage } from '../../storage/storage.ts'
import { MANIFEST_PATHS } from '../set/load-manifest.ts'
import { markerAt } from './set-markers.ts'

const AT_ONCE = 1000

/**
 * Removes keys of a set that has a marker: the manifest first and the markers last, so that the set never counts as complete while objects are
 * missing, and has a marker until it is removed. `last` is removed after all others. `assertInTerm` throws when the removal must end.
 */
export async function removeSetKeys(
  storage: Storage,
  {
    name,
    keys,
    last,
    assertInTerm = () => undefined,
  }: { readonly name: string; readonly keys: readonly Key[]; readonly last?: Key; readonly assertInTerm?: () => void },
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
  for (const key of [...markers, ...(last === undefined ? [] : [last])]) {
    assertInTerm()
    await storage.remove(key, call)
  }
}
