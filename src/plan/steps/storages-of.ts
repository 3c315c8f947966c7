import type { Plan, StorageSpec } from '../plan.ts'

/**
 * The named storages of a plan; without names (PALHM), each distinct storage of its steps, named by its location: `/var/backups`, `s3://bucket/root`.
 * Storages that discard data are omitted then.
 */
export function storagesOf({ storages, tasks }: Plan): ReadonlyMap<string, StorageSpec> {
  if (storages) return storages
  const found = new Map<string, StorageSpec>()
  for (const step of [...tasks.values()].flatMap((task) => task.steps)) {
    if (step.kind !== 'backup') continue
    for (const { storage } of step.targets) {
      const place = placeOf(storage)
      if (place !== undefined && !found.has(place)) found.set(place, storage)
    }
  }
  return found
}

/** The location of a storage as one word. Undefined for one that discards data. */
export function placeOf(spec: StorageSpec): string | undefined {
  switch (spec.kind) {
    case 'null':
      return undefined
    case 'localfs':
      return spec.root
    case 's3':
      return `s3://${spec.bucket}/${spec.root}`
    case 'rclone':
      return spec.label
    default:
      return spec satisfies never
  }
}
