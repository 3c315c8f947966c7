import { lstatSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { systemCode } from '../../lib/errors.ts'
import type { LogLimits } from '../../plan/run-logs.ts'
import { decideLogs, type LoggedRun } from './decide-logs.ts'
import { DEBUG_FOLDER, fileName, readLogName, YEAR_FOLDER } from './run-log-names.ts'

export interface LogsKept {
  readonly folder: string
  /** Whose logs: those of others stay, whatever their age. */
  readonly tags: readonly string[]
  readonly limits: LogLimits
}

/** Removes logs of runs that the limits do not keep, and folders of years that are empty then. What cannot be removed stays. Never throws. */
export function expireLogs({ folder, tags, limits }: LogsKept, now: Date): void {
  const ours = new Set(tags.map(fileName))
  const runs = new Map<string, LoggedRun & { readonly paths: string[] }>()
  const folders = [DEBUG_FOLDER, ...namesIn(folder).filter((it) => YEAR_FOLDER.test(it))]
  for (const { path, bytes, ...log } of folders.flatMap((it) => logsIn(join(folder, it)))) {
    if (!ours.has(log.tag)) continue
    const key = `${log.stamp} ${log.tag}`
    const known = runs.get(key)
    runs.set(key, { ...log, bytes: bytes + (known?.bytes ?? 0), paths: [...(known?.paths ?? []), path] })
  }
  for (const { paths } of decideLogs([...runs.values()], limits, now)) for (const path of paths) remove(() => rmSync(path, { force: true }))
  for (const it of folders) if (it !== DEBUG_FOLDER && namesIn(join(folder, it)).length === 0) remove(() => rmdirSync(join(folder, it)))
}

function logsIn(folder: string): readonly { readonly tag: string; readonly stamp: string; readonly path: string; readonly bytes: number }[] {
  return namesIn(folder).flatMap((name) => {
    const read = readLogName(name)
    const path = join(folder, name)
    const stat = read && lstatSync(path, { throwIfNoEntry: false })
    return read && stat?.isFile() === true ? [{ ...read, path, bytes: stat.size }] : []
  })
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

// Another run may have removed it, or may have begun to write there.
function remove(removing: () => void): void {
  try {
    removing()
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
}
