import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { namesInSync, openFileInSync, openRegularIn, statInSync, unlinkInSync } from '../../../files/entries.ts'
import { closeFolderSync, type Folder } from '../../../files/folder.ts'
import { openOrMakeFolderSync } from '../../../files/open-by-path.ts'
import { readSmallInSync } from '../../../files/read-small.ts'
import { replaceFileInSync } from '../../../files/write-small.ts'
import { type JobRecord, jobRecord } from './job.ts'

const MAX_JOBS = 200

/**
 * The folder of the jobs: for each job `ID.json`, `ID.out`, `ID.err`, `ID.progress` if it reports any and, once it has ended, its exit code in `ID.exit`.
 * Other users have no access.
 */
export interface JobFiles {
  list(): readonly JobRecord[]
  read(id: string): JobRecord | undefined
  write(record: JobRecord): void
  /** Creates the three output files; the caller closes them. */
  openOutputs(id: string): readonly [number, number, number]
  /** The exit code, and the time at which it was written. */
  exit(id: string): { readonly code: number; readonly at: Date } | undefined
  /** What `writeProgress` has written last, if it is a small file. */
  progress(id: string): string | undefined
  writeProgress(id: string, text: string): void
  /** An output file, opened for reading; undefined if it does not exist. The caller closes it. */
  open(id: string, output: 'out' | 'err'): Promise<FileHandle | undefined>
  /** Removes the oldest jobs, except those that are still running. */
  expire(isRunning: (record: JobRecord) => boolean): void
}

export function openJobFiles(stateFolder: string): JobFiles {
  const path = join(stateFolder, 'web', 'jobs')
  const within = <T>(work: (folder: Folder) => T): T => {
    const folder = openOrMakeFolderSync(path, 0o700)
    try {
      return work(folder)
    } finally {
      closeFolderSync(folder)
    }
  }
  const read = (folder: Folder, id: string) => {
    try {
      const parsed = jobRecord.safeParse(JSON.parse(readSmallInSync(folder, `${id}.json`).toString('utf8')))
      return parsed.success ? parsed.data : undefined
    } catch {
      return undefined
    }
  }
  const idsIn = (folder: Folder) => namesInSync(folder).flatMap((name) => /^(?<id>[\w-]{8,64})\.json$/u.exec(name)?.groups?.['id'] ?? [])
  const list = (folder: Folder) =>
    idsIn(folder)
      .flatMap((id) => read(folder, id) ?? [])
      .toSorted((a, b) => (a.began < b.began ? 1 : -1))
  const isId = (id: string) => /^[\w-]{8,64}$/u.test(id)
  return {
    list: () => within(list),
    read: (id) => (isId(id) ? within((folder) => read(folder, id)) : undefined),
    write: (record) => within((folder) => replaceFileInSync(folder, `${record.id}.json`, JSON.stringify(record), { isDurable: true })),
    openOutputs: (id) =>
      within((folder) => {
        const open = (output: string) =>
          openFileInSync(folder, `${id}.${output}`, { flags: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND })
        return [open('out'), open('err'), open('exit')]
      }),
    exit: (id) =>
      within((folder) => {
        const text = statInSync(folder, `${id}.exit`)?.isFile() ? readSmallInSync(folder, `${id}.exit`).toString('latin1').trim() : ''
        return /^\d{1,3}$/u.test(text) ? { code: Number(text), at: statInSync(folder, `${id}.exit`)?.mtime ?? new Date(0) } : undefined
      }),
    progress: (id) =>
      within((folder) =>
        isId(id) && statInSync(folder, `${id}.progress`)?.isFile() ? readSmallInSync(folder, `${id}.progress`).toString('utf8') : undefined,
      ),
    writeProgress: (id, text) => {
      if (isId(id)) within((folder) => replaceFileInSync(folder, `${id}.progress`, text))
    },
    open: async (id, output) => {
      if (!isId(id)) return undefined
      const folder = openOrMakeFolderSync(path, 0o700)
      try {
        return await openRegularIn(folder, `${id}.${output}`)
      } finally {
        closeFolderSync(folder)
      }
    },
    expire: (isRunning) =>
      within((folder) => {
        for (const record of list(folder).slice(MAX_JOBS))
          if (!isRunning(record)) for (const output of ['json', 'out', 'err', 'exit', 'progress']) unlinkInSync(folder, `${record.id}.${output}`)
      }),
  }
}
