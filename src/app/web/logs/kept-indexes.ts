import type { FileHandle } from 'node:fs/promises'
import { indexLines, type LineIndex } from './line-index.ts'

/** The line indexes of the log files that are being viewed: a large file is read once, not for each request. */
export interface KeptIndexes {
  /** Calls `work` with the index of the file, which may be in use by others. The handle is closed. */
  use<T>(handle: FileHandle, work: (index: LineIndex) => Promise<T>): Promise<T>
  close(): Promise<void>
}

interface Kept {
  readonly key: string
  readonly index: LineIndex
  /** Its file is not closed while there are any. */
  users: number
  timer: NodeJS.Timeout | undefined
}

const MAX_KEPT = 8
const IDLE_MS = 120_000

export function openKeptIndexes(): KeptIndexes {
  const kept = new Map<string, Kept>()
  const drop = async (it: Kept) => {
    clearTimeout(it.timer)
    if (kept.get(it.key) === it) kept.delete(it.key)
    if (it.users === 0) await it.index.close()
  }
  const hold = (it: Kept): Kept => {
    clearTimeout(it.timer)
    it.users += 1
    return it
  }
  const release = async (it: Kept) => {
    it.users -= 1
    if (it.users > 0) return
    if (kept.get(it.key) === it) it.timer = setTimeout(() => void drop(it), IDLE_MS).unref()
    else await it.index.close()
  }
  /** The index of the file, held for the caller. Nothing is awaited between looking for one and holding or adding it. */
  const find = async (handle: FileHandle): Promise<Kept> => {
    const { dev, ino } = await handle.stat({ bigint: true })
    // The file is held open, so that no other file gets its number.
    const key = `${dev} ${ino}`
    for (let known = kept.get(key); known !== undefined; known = kept.get(key)) {
      const held = hold(known)
      const isCurrent = await held.index.isCurrent().catch(() => false)
      if (isCurrent && kept.get(key) === held) {
        await handle.close()
        return held
      }
      // The file was truncated, and may have been written again: its lines are others.
      if (kept.get(key) === held) kept.delete(key)
      await release(held)
    }
    const added: Kept = { key, index: indexLines(handle), users: 0, timer: undefined }
    kept.set(key, added)
    return hold(added)
  }
  return {
    async use(handle, work) {
      const it = await find(handle).catch(async (error) => {
        await handle.close()
        throw error
      })
      try {
        if (kept.get(it.key) === it) {
          kept.delete(it.key)
          kept.set(it.key, it)
        }
        const [oldest] = kept.values()
        if (kept.size > MAX_KEPT && oldest !== undefined) await drop(oldest)
        return await work(it.index)
      } finally {
        await release(it)
      }
    },
    async close() {
      for (const it of [...kept.values()]) await drop(it)
    },
  }
}
