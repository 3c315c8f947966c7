import type { PipelineActivity } from '../../process/stage-activity.ts'

/** The progress of reading a set. */
export interface ReadProgress {
  /** The objects that are being read, in the order in which that began. */
  readonly reading: readonly ReadingObject[]
  /** How many of them are finished, and of how many. */
  readonly finished: number
  readonly objects: number
  /** Of all of them. */
  readonly doneBytes: bigint
  readonly totalBytes: bigint
}

export interface ReadingObject {
  readonly path: string
  readonly bytes: number
  readonly expectedBytes: number
  /** What the stages do that it passes through; absent during the first second, and if it only is read. */
  readonly pipeline?: PipelineActivity
}

export type OnReadProgress = (progress: ReadProgress) => void

/** Counts the data that is read. */
export interface ReadCounter {
  /** So far. */
  readonly bytes: bigint
  add(path: string, bytes: number): void
  /** The same for one object, and the activity of its stages, if the progress is shown. */
  of(path: string): { readonly onBytes: (bytes: number) => void; readonly onActivity?: (pipeline: PipelineActivity) => void }
  /** An object is finished. If they are read one after another, it also is when the next one begins. */
  finish(path: string): void
  /** An object is going to be read again: data that was read before does not count. */
  forget(path: string): void
}

export interface CountedReading {
  readonly onProgress?: OnReadProgress | undefined
  /** Whether several objects are read at once. Default: one after another. */
  readonly atOnce?: boolean
}

/** Counts the bytes of some objects as they are read, and reports the progress. */
export function countReading(
  objects: readonly { readonly path: string; readonly bytes: number }[],
  { onProgress, atOnce = false }: CountedReading,
): ReadCounter {
  const totalBytes = objects.reduce((sum, { bytes }) => sum + BigInt(bytes), 0n)
  const places = new Map(objects.map(({ path, bytes }, index) => [path, { index, expectedBytes: bytes }]))
  const reading = new Map<string, ReadingObject>()
  const finished = new Set<string>()
  let doneBytes = 0n
  const report = () => {
    // One after another: objects without bytes are not reported.
    const [current = ''] = reading.keys()
    const count = atOnce ? finished.size : (places.get(current)?.index ?? finished.size)
    onProgress?.({ reading: [...reading.values()], finished: count, objects: objects.length, doneBytes, totalBytes })
  }
  const change = (path: string, by: (object: ReadingObject) => ReadingObject) => {
    const before = reading.get(path)
    if (before === undefined && !atOnce) reading.clear()
    reading.set(path, by(before ?? { path, bytes: 0, expectedBytes: places.get(path)?.expectedBytes ?? 0 }))
  }
  const add = (path: string, count: number) => {
    change(path, (it) => ({ ...it, bytes: it.bytes + count }))
    doneBytes += BigInt(count)
    report()
  }
  const flow = (path: string, pipeline: PipelineActivity) => {
    change(path, (it) => ({ ...it, pipeline }))
    report()
  }
  return {
    get bytes() {
      return doneBytes
    },
    add,
    of: (path) => ({
      onBytes: (count) => add(path, count),
      ...(onProgress && { onActivity: (pipeline) => flow(path, pipeline) }),
    }),
    finish(path) {
      reading.delete(path)
      finished.add(path)
      report()
    },
    forget(path) {
      doneBytes -= BigInt(reading.get(path)?.bytes ?? 0)
      reading.delete(path)
      report()
    },
  }
}
