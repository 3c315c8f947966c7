import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { basename } from 'node:path/posix'
import { renameEntrySync, statInSync } from '../../files/entries.ts'
import { closeFolderSync } from '../../files/folder.ts'
import { openTargetSync } from '../../files/open-by-path.ts'
import { systemCode } from '../../lib/errors.ts'
import type { RunLogs } from '../../plan/run-logs.ts'
import { openLogFile } from './log-file.ts'
import { type LogLevel, renderRecord } from './log-record.ts'

export interface GeneralRecord {
  /** The folder in which relative paths start. */
  readonly home: string
  readonly level: LogLevel
  readonly text: string
  readonly at: Date
  /** Whether the folder of the logs is created: it then belongs to the user of this process, not to the account that runs the tasks. */
  readonly makesFolder: boolean
}

const MOST_BYTES = 10 * 1024 * 1024

/**
 * Appends to the log for entries that belong to no run, if the plan has one. A log of more than 10 MiB is first renamed, replacing the previously
 * renamed one. Returns an error message; never throws.
 */
export function writeGeneralLog({ folder, generalLog }: Pick<RunLogs, 'folder' | 'generalLog'>, record: GeneralRecord): string | undefined {
  if (generalLog === undefined || (!record.makesFolder && !existsSync(resolve(record.home, folder)))) return undefined
  const path = resolve(record.home, folder, generalLog)
  const name = basename(path)
  putAside(path)
  const file = openLogFile(path)
  file.append(renderRecord({ level: record.level, logger: name, text: record.text }, { tag: name, at: record.at }))
  file.close()
  return file.trouble()
}

// If this fails, the log continues to grow, so that no entries are lost.
function putAside(path: string): void {
  try {
    const { folder, name } = openTargetSync(path)
    try {
      const stat = statInSync(folder, name)
      if (stat?.isFile() === true && stat.size >= MOST_BYTES) renameEntrySync({ folder, name }, { folder, name: `${name}.1` })
    } finally {
      closeFolderSync(folder)
    }
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
}
