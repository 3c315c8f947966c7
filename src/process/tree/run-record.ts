import type { FileHandle } from 'node:fs/promises'
import { createFileIn, renameEntry, unlinkIn } from '../../files/entries.ts'
import { closeFolder, type Folder, openFolder } from '../../files/folder.ts'
import { isPrivate } from '../../files/make-folder.ts'
import { makeFolders } from '../../files/make-folders.ts'
import { messageOf } from '../../lib/errors.ts'
import { settledWithin } from '../../lib/settled-within.ts'
import type { ProcessIdentity } from '../identity/process-identity.ts'

/** The first line of a run's record: its owner. */
export interface RecordHead extends ProcessIdentity {
  readonly runId: string
  readonly host: string
  /** The process to which orphans of the run are reassigned. */
  readonly reaper?: number
}

/**
 * The other lines. A group is recorded before anything is started in it, so that no process is unknown after a kill at any point; `released` is
 * written when its command has succeeded, before its remaining processes are changed, so that a daemon is never treated as remains afterwards.
 */
export type RecordLine =
  | { readonly group: number; readonly mark?: string; readonly cgroup?: string }
  | { readonly started: number; readonly pid: number; readonly start: number; readonly program: string }
  | { readonly released: number }

/** The processes started by a run, on disk: the next run uses it if this one is killed. */
export interface RunRecord {
  /** Resolves when the line is written. Never rejects: the first failure is noted, once. */
  add(line: RecordLine): Promise<void>
  /** Removes the record; with `keep`, it is left to the next run, because a process could not be ended. */
  close(keep?: boolean): Promise<void>
}

/** The extension of record files. */
export const RECORD = '.jsonl'

// A dead mount must not block a run.
const WRITE_LIMIT_MS = 10_000

/** Starts the record of a run in a folder that is created if missing (0700). Without a folder, or if it cannot be written, nothing is recorded. */
export async function openRunRecord(path: string | undefined, head: RecordHead, note: (text: string) => void): Promise<RunRecord> {
  if (path === undefined) return unrecorded
  let isNoted = false
  const noteFailure = (why: string) => {
    if (!isNoted) note(`could not record the processes of this run, so they are not ended if the run is killed: ${why}`)
    isNoted = true
  }
  const opening = begin(path, head)
  opening.catch((error: unknown) => noteFailure(messageOf(error)))
  if (!(await settledWithin(WRITE_LIMIT_MS, opening))) noteFailure(`no answer from the file system of "${path}"`)
  let last: Promise<unknown> = opening
  let waiting = ''
  // Lines that were added in the meantime are written together.
  const write = async () => {
    const text = waiting
    waiting = ''
    if (text !== '') await (await opening).file.appendFile(text)
  }
  return {
    async add(line) {
      if (isNoted) return
      waiting += `${JSON.stringify(line)}\n`
      last = last.then(write).catch((error: unknown) => noteFailure(messageOf(error)))
      if (!(await settledWithin(WRITE_LIMIT_MS, last))) noteFailure(`no answer from the file system of "${path}"`)
    },
    async close(keep = false) {
      const closing = opening.then(async ({ folder, file }) => {
        await last
        await file.close()
        if (!keep) await unlinkIn(folder, `${head.runId}${RECORD}`)
        await closeFolder(folder)
      })
      await settledWithin(WRITE_LIMIT_MS, closing)
    },
  }
}

const unrecorded: RunRecord = { add: async () => undefined, close: async () => undefined }

async function begin(path: string, head: RecordHead): Promise<{ readonly folder: Folder; readonly file: FileHandle }> {
  await makeFolders(path, 0o700)
  const folder = await openFolder(path)
  try {
    if (!isPrivate(folder.facts)) throw new Error(`"${path}" belongs to another user, or is writable by others`)
    // Gets its final name only when the owner is written.
    const draft = `.${head.runId}`
    const file = await createFileIn(folder, draft)
    try {
      await file.appendFile(`${JSON.stringify(head)}\n`)
      await renameEntry({ folder, name: draft }, { folder, name: `${head.runId}${RECORD}` })
    } catch (error) {
      await file.close()
      await unlinkIn(folder, draft).catch(() => undefined)
      throw error
    }
    return { folder, file }
  } catch (error) {
    await closeFolder(folder)
    throw error
  }
}
