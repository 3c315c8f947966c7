import { createHash } from 'node:crypto'
import type { ObjectRecord } from './manifest.ts'
import { isMetadataPath } from './metadata-paths.ts'

/**
 * The objects of a set with their sizes, in constant memory: equal for the same objects in any order. Paths of metadata files are not included,
 * because their sizes are not in the manifest.
 */
export interface Contents {
  count: number
  /** Sums of digests, 32 bits each. */
  readonly sums: [number, number, number, number]
}

export function noContents(): Contents {
  return { count: 0, sums: [0, 0, 0, 0] }
}

export function addFile(contents: Contents, path: string, bytes: number): void {
  if (isMetadataPath(path)) return
  contents.count += 1
  const digest = createHash('sha256').update(`${bytes} ${path}`).digest()
  for (const [index, sum] of contents.sums.entries()) contents.sums[index] = (sum + digest.readUInt32LE(index * 4)) >>> 0
}

/**
 * Whether these are exactly the objects of the manifest, with their sizes. Not conclusive if false: there may be additional files, or an object with
 * the path of a metadata file.
 */
export function areExactly(contents: Contents, objects: readonly Pick<ObjectRecord, 'path' | 'bytes'>[]): boolean {
  const wanted = noContents()
  for (const { path, bytes } of objects) addFile(wanted, path, bytes)
  return (
    wanted.count === contents.count &&
    wanted.sums.every((sum, index) => sum === contents.sums[index]) &&
    !objects.some(({ path }) => isMetadataPath(path))
  )
}

/** Whether every object is among the files, with its size. */
export function areIncluded(files: ReadonlyMap<string, number>, objects: readonly Pick<ObjectRecord, 'path' | 'bytes'>[]): boolean {
  return objects.every(({ path, bytes }) => files.get(path) === bytes)
}

/** Equal for equal contents. */
export function contentsText({ count, sums }: Contents): string {
  return `${count} ${sums.join(' ')}`
}
