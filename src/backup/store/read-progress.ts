/** The progress of reading a set. */
export interface ReadProgress {
  /** The object that is being read. */
  readonly path: string
  /** Which one that is, counted from 1, and of how many. */
  readonly nth: number
  readonly objects: number
  /** Of that object. */
  readonly bytes: number
  readonly expectedBytes: number
  /** Of all of them. */
  readonly doneBytes: bigint
  readonly totalBytes: bigint
}

export type OnReadProgress = (progress: ReadProgress) => void

/** Counts what is read. */
export interface ReadCounter {
  /** So far. */
  readonly bytes: bigint
  add(path: string, bytes: number): void
}

/** Counts the bytes of some objects as they are read, one object after another, and reports the progress. */
export function countReading(
  objects: readonly { readonly path: string; readonly bytes: number }[],
  onProgress: OnReadProgress | undefined,
): ReadCounter {
  const totalBytes = objects.reduce((sum, { bytes }) => sum + BigInt(bytes), 0n)
  const places = new Map(objects.map(({ path, bytes }, index) => [path, { nth: index + 1, expectedBytes: bytes }]))
  let [doneBytes, current, bytes] = [0n, '', 0]
  return {
    get bytes() {
      return doneBytes
    },
    add(path, count) {
      bytes = path === current ? bytes + count : count
      current = path
      doneBytes += BigInt(count)
      const { nth = 1, expectedBytes = 0 } = places.get(path) ?? {}
      onProgress?.({ path, nth, objects: objects.length, bytes, expectedBytes, doneBytes, totalBytes })
    },
  }
}
