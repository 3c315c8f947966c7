import type { FileHandle } from 'node:fs/promises'
import { indexLines, type LineIndex } from './line-index.ts'

/** The line indexes of the log files that are being viewed: a large file is read once, not for each request. */
export interface KeptIndexes {
  /** Calls `work` with the index of the file, which may be in use by others. The handle is closed. */
  use<T>(handle: FileHandle, work: (index: LineIndex) => Promise<T>): Promise<T>
  close(): Promise<void>
}

interface Kept {
  readonly index: LineIndex
  users: number
  isDropped: boolean
  timer: NodeJS.Timeout | undefined
}

const MAX_KEPT = 8
const IDLE_MS = 120_000

export function openKeptIndexes(): KeptIndexes {
  const kept = new Map<string, Kept>()
  const drop = async (key: string) => {
    const it = kept.get(key)
    if (it === undefined) return
    kept.delete(key)
    clearTimeout(it.timer)
    it.isDropped = true
    if (it.users === 0) await it.index.close()
  }
  const find = async (handle: FileHandle): Promise<readonly [string, Kept]> => {
    const { dev, ino, size } = await handle.stat({ bigint: true })
    // The file is held open, so that no other file gets its number.
    const key = `${dev} ${ino}`
    const known = kept.get(key)
    if (known !== undefined && known.index.bytes <= size) {
      await handle.close()
      return [key, known]
    }
    // The file was truncated: its lines are others.
    await drop(key)
    const it: Kept = { index: indexLines(handle), users: 0, isDropped: false, timer: undefined }
    kept.set(key, it)
    return [key, it]
  }
  return {
    async use(handle, work) {
      const [key, it] = await find(handle)
      clearTimeout(it.timer)
      it.users += 1
      kept.delete(key)
      kept.set(key, it)
      const [oldest] = kept.keys()
      if (kept.size > MAX_KEPT && oldest !== undefined) await drop(oldest)
      try {
        return await work(it.index)
      } finally {
        it.users -= 1
        if (it.isDropped && it.users === 0) await it.index.close()
        else if (it.users === 0) it.timer = setTimeout(() => void drop(key), IDLE_MS).unref()
      }
    },
    async close() {
      for (const key of [...kept.keys()]) await drop(key)
    },
  }
}
