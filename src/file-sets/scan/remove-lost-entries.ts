import { type Entry, renameEntry } from '../../files/entries.ts'
import { createByteFile } from '../byte-file.ts'
import { readLines } from '../line-reader.ts'
import { parseLine } from './list-line.ts'

const NEWLINE = 0x0a

export interface LostCall {
  /** Names relative to the root of the archive, as latin1 strings of their bytes. */
  readonly lost: ReadonlySet<string>
  /** Paths in the list start with a slash, which the names do not have. */
  readonly isAbsolute: boolean
  readonly signal: AbortSignal
}

/** Removes the entries that were not packed from a list file. Entries that are not in a list are packed by the next level 1. Resolves with their number. */
export async function removeLostEntries(list: Entry, { lost, isAbsolute, signal }: LostCall): Promise<number> {
  if (lost.size === 0) return 0
  const kept = await createByteFile({ folder: list.folder, name: `${list.name.toString()}-kept` })
  let isFirst = true
  let gone = 0
  try {
    await readLines(list, NEWLINE, {
      signal,
      onLine({ bytes, start, end }) {
        const entry = isFirst ? undefined : parseLine(bytes, start, end)
        isFirst = false
        if (entry !== undefined && lost.has(bytes.toString('latin1', isAbsolute ? entry.start + 1 : entry.start, end))) {
          gone++
          return
        }
        kept.add(bytes.subarray(start, end))
        kept.add('\n')
      },
      settle: () => kept.drain(),
    })
    await kept.finish()
  } catch (error) {
    await kept.close().catch(() => undefined)
    throw error
  }
  await renameEntry(kept.entry, list)
  return gone
}
