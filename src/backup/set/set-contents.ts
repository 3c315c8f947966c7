import { createHash } from 'node:crypto'
import type { ObjectRecord } from './manifest.ts'
import { isMetadataPath } from './metadata-paths.ts'

/**
 * The objects of a set with their sizes, in a few bytes whatever their number: the same for the same objects in any order. Files that may be ours are left
 * out; how large they are stands nowhere.
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

/** Whether these are just the objects of the manifest, with their sizes. False means nothing when there may be more, or when an object is called as a file of ours. */
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

/** One text for the same contents. */
export function contentsText({ count, sums }: Contents): string {
  return `${count} ${sums.join(' ')}`
}
