import { isAbsent, namesInSync, openRegularIn, statInSync } from '../../../files/entries.ts'
import { closeFolderSync, type Folder, openFolderInSync } from '../../../files/folder.ts'
import { openExistingFolderSync } from '../../../files/open-by-path.ts'
import type { Plan } from '../../../plan/plan.ts'

export interface LogFileFacts {
  readonly folder: string
  readonly name: string
  readonly bytes: number
  readonly modified: Date
}

/** The folder and the name of a log file, as parts of an address. */
export interface LogPlace {
  readonly folder: string
  readonly name: string
}

/** The log files of runs, newest first: those exactly one folder below the folder of the logs. Symbolic links are ignored. */
export function listLogFiles({ runLogs }: Pick<Plan, 'runLogs'>): readonly LogFileFacts[] {
  if (runLogs === undefined) return []
  return within(runLogs.folder, [], (top) =>
    namesInSync(top).flatMap((folder) => {
      if (statInSync(top, folder)?.isDirectory() !== true) return []
      const below = openFolderInSync(top, folder)
      try {
        return namesInSync(below).flatMap((name) => {
          const found = statInSync(below, name)
          return found?.isFile() ? [{ folder, name, bytes: found.size, modified: found.mtime }] : []
        })
      } finally {
        closeFolderSync(below)
      }
    }),
  ).toSorted((a, b) => b.modified.getTime() - a.modified.getTime())
}

/** Opens one of them; undefined for any other file. The caller closes it. */
export async function openLog({ runLogs }: Pick<Plan, 'runLogs'>, { folder, name }: LogPlace) {
  if (runLogs === undefined || !isName(folder) || !isName(name)) return undefined
  const top = openOrNot(runLogs.folder)
  if (top === undefined) return undefined
  try {
    if (statInSync(top, folder)?.isDirectory() !== true) return undefined
    const below = openFolderInSync(top, folder)
    try {
      return await openRegularIn(below, name)
    } finally {
      closeFolderSync(below)
    }
  } finally {
    closeFolderSync(top)
  }
}

function isName(text: string): boolean {
  return text !== '' && text !== '.' && text !== '..' && !/[/\0]/u.test(text)
}

function within<T>(path: string, absent: T, work: (folder: Folder) => T): T {
  const folder = openOrNot(path)
  if (folder === undefined) return absent
  try {
    return work(folder)
  } finally {
    closeFolderSync(folder)
  }
}

function openOrNot(path: string): Folder | undefined {
  try {
    return openExistingFolderSync(path)
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}
