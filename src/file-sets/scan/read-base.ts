import type { Entry } from '../../files/entries.ts'
import { readLines } from '../line-reader.ts'
import { type EntrySet, entrySet } from './entry-set.ts'
import { parseLine } from './list-line.ts'

/** What a list of a level 0 says. */
export interface BaseList {
  /** Path of the archive as the list has it. */
  readonly archive: string
  readonly entries: EntrySet
  readonly damagedLines: number
  /** The last line has its end: the list was written to its end. */
  readonly isWhole: boolean
}

const NEWLINE = 0x0a

/** Reads a list file into memory, in some twenty bytes per entry. Undefined: it is empty. */
export async function readBase(list: Entry, signal: AbortSignal): Promise<BaseList | undefined> {
  const entries = entrySet()
  let archive: string | undefined
  let damagedLines = 0
  const isWhole = await readLines(list, NEWLINE, {
    signal,
    onLine({ bytes, start, end }) {
      if (archive === undefined) {
        archive = bytes.toString('utf8', start, end)
        return
      }
      const entry = parseLine(bytes, start, end)
      if (entry === undefined) damagedLines++
      else entries.add(entry)
    },
  })
  return archive === undefined ? undefined : { archive, entries, damagedLines, isWhole }
}
