import type { OperationContext } from '../../storage/storage.ts'
import { quoted } from '../../storage/system-errors.ts'
import type { Manifest, ObjectRecord } from './manifest.ts'
import type { SetStore } from './set-store.ts'

/** An object of a manifest that is not stored as it should be, as far as a listing shows. */
export interface MissingObject {
  readonly kind: 'missing' | 'size'
  readonly path: string
  /** Complete, including the path. */
  readonly message: string
}

/** The objects of a set that are missing or have another size, in the order of the manifest. No object is read. */
export async function missingObjects(sets: SetStore, name: string, call: OperationContext): Promise<readonly MissingObject[]> {
  const { objects }: Manifest = await sets.readManifest(name, call)
  const files = new Map((await sets.listFiles(name, call)).map(({ path, bytes }) => [path, bytes]))
  return objects.flatMap((object) => missingObject(object, files) ?? [])
}

export function missingObject({ path, bytes }: Pick<ObjectRecord, 'path' | 'bytes'>, files: ReadonlyMap<string, number>): MissingObject | undefined {
  const found = files.get(path)
  if (found === undefined) return { kind: 'missing', path, message: `${quoted(path)} is missing` }
  return found === bytes ? undefined : { kind: 'size', path, message: `${quoted(path)} has ${found} bytes, expected ${bytes}` }
}

/** The first of several messages, and how many there are. */
export function firstOf(missing: readonly Pick<MissingObject, 'message'>[]): string {
  const [first, ...others] = missing
  if (first === undefined) return 'its objects changed while they were listed'
  return others.length === 0 ? first.message : `${first.message} (and ${others.length} more)`
}
