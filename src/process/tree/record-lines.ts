import { openRegularIn } from '../../files/entries.ts'
import { type Folder, shownIn } from '../../files/folder.ts'
import { notRegular } from '../../files/read-small.ts'

// Lines of a record have some hundred bytes; a record with ten million of them is still read in seconds.
const LONGEST_LINE = 64 * 1024
const MOST_BYTES = 2 ** 31

/** The lines of a record in batches, of any size that a run can have. Rejects if the file was not written by a run, without reading all of it. */
export async function* recordLines(folder: Folder, name: string): AsyncGenerator<readonly string[], void> {
  const shown = shownIn(folder, name)
  const file = await openRegularIn(folder, name)
  if (file === undefined) throw notRegular(shown)
  try {
    const block = Buffer.allocUnsafe(2 * LONGEST_LINE)
    let kept = 0
    for (let at = 0; ; ) {
      const { bytesRead } = await file.read(block, kept, block.length - kept, at)
      if (bytesRead === 0) break
      at += bytesRead
      const filled = block.subarray(0, kept + bytesRead)
      const end = filled.lastIndexOf(NEWLINE) + 1
      if (end > 0) yield filled.toString('utf8', 0, end - 1).split('\n')
      kept = filled.length - end
      if (kept > LONGEST_LINE || at > MOST_BYTES) throw new Error(`"${shown}" is not the record of a run`)
      block.copyWithin(0, end, filled.length)
    }
    if (kept > 0) yield [block.toString('utf8', 0, kept)]
  } finally {
    await file.close()
  }
}

const NEWLINE = 0x0a
