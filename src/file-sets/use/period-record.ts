import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { isAbsent } from '../../files/entries.ts'
import { openFolder, withFolder } from '../../files/folder.ts'
import { makeFolders } from '../../files/make-folders.ts'
import { readSmall } from '../../files/read-small.ts'
import { realPathOf } from '../../files/trust/real-path.ts'
import { replaceFileIn } from '../../files/write-small.ts'
import { messageOf } from '../../lib/errors.ts'
import type { CopyFilesStep, CopyPeriod } from '../../plan/dated-files.ts'
import type { ArchiveWork } from '../archive-work.ts'

/** The recorded minute of the last complete copy to a period, or of the first run that checked it. */
export interface PeriodRecord {
  readonly last: Date | undefined
  /** Durable. Notes a failure. */
  write(last: Date): Promise<void>
}

const NO_RECORD: PeriodRecord = { last: undefined, write: async () => undefined }

/** The record for copies of these file sets to that folder. */
export async function periodRecord(period: CopyPeriod, step: CopyFilesStep, work: ArchiveWork): Promise<PeriodRecord> {
  const { stateFolder, note } = work
  if (stateFolder === undefined) return NO_RECORD
  const folder = await realPathOf(resolve(step.workingFolder ?? '.', period.folder))
  const path = join(stateFolder, 'periods')
  const name = `${createHash('sha256')
    .update(JSON.stringify([folder, setsOf(step)]))
    .digest('hex')
    .slice(0, 32)}.json`
  return {
    last: await readLast(join(path, name), note),
    async write(last) {
      try {
        await makeFolders(path, 0o700)
        const text = `${JSON.stringify({ folder, last: last.toISOString() })}\n`
        await withFolder(openFolder(path), (opened) => replaceFileIn(opened, name, text, { isDurable: true }))
      } catch (error) {
        note(`could not record the copy to "${folder}", so a missed period will not be copied later: ${messageOf(error)}`)
      }
    },
  }
}

function setsOf({ sets, workingFolder = '.' }: CopyFilesStep): readonly string[] {
  return sets
    .map(({ files }) => {
      const folder = files.kind === 'dumps' ? files.folder : (files.folders[files.level] ?? '')
      return `${files.kind} ${files.basename} ${resolve(workingFolder, folder)}`
    })
    .toSorted()
}

async function readLast(path: string, note: (text: string) => void): Promise<Date | undefined> {
  try {
    const { last } = JSON.parse((await readSmall(path)).toString()) as { readonly last?: unknown }
    const at = new Date(String(last))
    if (!Number.isNaN(at.getTime())) return at
    note(`invalid record "${path}": only the minute of this run counts`)
  } catch (error) {
    if (!isAbsent(error)) note(`could not read the record of a period, so only the minute of this run counts: ${messageOf(error)}`)
  }
  return undefined
}
