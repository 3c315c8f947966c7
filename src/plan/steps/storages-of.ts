import type { Plan, StorageSpec } from '../plan.ts'

/**
 * The storages of a plan by their names: those that the configuration gives them; where it gives none (PALHM), each distinct place of its steps, by what
 * one would call it: `/var/backups`, `s3://bucket/root`. What keeps nothing has no name then.
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

/** Where a storage is, as one word. Undefined for what keeps nothing. */
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
