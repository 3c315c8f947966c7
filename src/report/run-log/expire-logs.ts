import { join } from 'node:path'
import { namesInSync, rmdirInSync, statInSync, unlinkInSync } from '../../files/entries.ts'
import { closeFolderSync, type Folder } from '../../files/folder.ts'
import { openExistingFolderSync } from '../../files/open-by-path.ts'
import { systemCode } from '../../lib/errors.ts'
import type { LogLimits } from '../../plan/run-logs.ts'
import { decideLogs, type LoggedRun } from './decide-logs.ts'
import { stampOf } from './log-record.ts'

export interface LogsKept {
  readonly folder: string
  /** The tags whose logs are removed: logs of others are kept, regardless of their age. */
  readonly tags: readonly string[]
  readonly limits: LogLimits
}

interface StoredRun extends LoggedRun {
  readonly files: { readonly folder: Folder; readonly name: string }[]
}

/** Removes logs of runs beyond the limits, and empty folders of years. Logs that cannot be removed are kept. Never throws. */
export function expireLogs({ folder: path, tags, limits }: LogsKept, now: Date): void {
  const top = attempt(() => openExistingFolderSync(path))
  if (top === undefined) return
  const names = [DEBUG_FOLDER, ...namesIn(top).filter((it) => YEAR_FOLDER.test(it))]
  const folders = names.flatMap((name) => attempt(() => openExistingFolderSync(`${path}/${name}`)) ?? [])
  try {
    const runs = findRuns(folders, new Set(tags.map(fileName)))
    for (const { files } of decideLogs(runs, limits, now)) for (const { folder, name } of files) attempt(() => unlinkInSync(folder, name))
    // Kept if it is not empty, or is a link.
    for (const name of names) if (name !== DEBUG_FOLDER) attempt(() => rmdirInSync(top, name))
  } finally {
    for (const folder of [top, ...folders]) closeFolderSync(folder)
  }
}

function findRuns(folders: readonly Folder[], ours: ReadonlySet<string>): readonly StoredRun[] {
  const runs = new Map<string, StoredRun>()
  for (const folder of folders) {
    for (const name of namesIn(folder)) {
      const log = readLogName(name)
      const stat = log && ours.has(log.tag) ? attempt(() => statInSync(folder, name)) : undefined
      if (log === undefined || stat?.isFile() !== true) continue
      const key = `${log.stamp} ${log.tag}`
      const known = runs.get(key)
      runs.set(key, { ...log, bytes: stat.size + (known?.bytes ?? 0), files: [...(known?.files ?? []), { folder, name }] })
    }
  }
  return [...runs.values()]
}

function namesIn(folder: Folder): readonly string[] {
  return attempt(() => namesInSync(folder)) ?? []
}

// Another run may have removed it, or may have started to write there; a link of another user is not followed.
function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return undefined
  }
}

/** The folders of the logs of one run: the summary in the folder of the year, and the complete log in `debug`. */
export function runLogPaths(folder: string, tag: string, began: Date): { readonly main: string; readonly debug: string } {
  const stem = `${fileName(tag)}-${stampOf(began)}`
  return { main: join(folder, stampOf(began).slice(0, 4), `${stem}.log`), debug: join(folder, DEBUG_FOLDER, `${stem}-debug.log`) }
}

const DEBUG_FOLDER = 'debug'

/** The folder of a year. */
const YEAR_FOLDER = /^\d{4}$/u

const NAME = /^(?<tag>.+)-(?<stamp>\d{8}_\d{6})(?:-debug)?\.log$/u

/** The tag and time of a log by its file name; undefined for other files. */
function readLogName(name: string): { readonly tag: string; readonly stamp: string } | undefined {
  const { tag, stamp } = NAME.exec(name)?.groups ?? {}
  return tag === undefined || stamp === undefined ? undefined : { tag, stamp }
}

/** A tag as part of a name: invalid characters are replaced. */
function fileName(tag: string): string {
  return tag.replaceAll(/[/\0]/gu, '_')
}
