import type { Journal } from '../../../journal/journal.ts'
import type { RecordedPart } from '../../../journal/run-record.ts'
import { eachPart } from './index-run.ts'

export interface EventRange {
  readonly run: string
  /** From 0. */
  readonly from: number
  readonly limit: number
}

export interface EventPage {
  readonly rows: readonly RecordedPart[]
  /** Of the whole run. */
  readonly total: number
  /** Where to continue; undefined at the end. */
  readonly next: number | undefined
}

// An event contains up to 64 KiB of output.
const MOST_CHARACTERS = 4 * 1024 * 1024

/** The recorded events of a run, read in parts; fewer than the limit if they are large. Rejects with `journal/no-run`. */
export async function readRunEvents(journal: Pick<Journal, 'logRows' | 'logLength'>, { run, from, limit }: EventRange): Promise<EventPage> {
  const total = await journal.logLength(run)
  const rows: RecordedPart[] = []
  let characters = 0
  const isFull = () => rows.length >= limit || characters >= MOST_CHARACTERS
  await eachPart(
    (first, count) => journal.logRows(run, { from: first, limit: count }),
    from + 1,
    (part) => {
      for (const row of part) {
        if (isFull()) break
        rows.push(row)
        characters += row.text.length
      }
      return !isFull()
    },
  )
  // Rows are numbered from 1 on, so that the number of the last one is the position of the next one.
  const end = rows.at(-1)?.number ?? from
  return { rows, total, next: end < total ? end : undefined }
}
