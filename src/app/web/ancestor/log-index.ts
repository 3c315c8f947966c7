import type { Stats } from 'node:fs'
import { isAbsent, namesInSync, openRegularIn, statInSync } from '../../../files/entries.ts'
import { closeFolderSync, type Folder, openFolderInSync } from '../../../files/folder.ts'
import { openExistingFolderSync } from '../../../files/open-by-path.ts'
import { messageOf } from '../../../lib/errors.ts'

/**
 * A log in the response of `/api/cf`. A log that could not be read completely is marked with `unread`: clients of the ancestor see it
 * as a warning.
 */
export interface IndexedLog {
  readonly name: string
  readonly debugname: string
  readonly exist: true
  readonly error: boolean
  readonly warning: boolean
  readonly msg: string
  readonly unread?: true
}

type Found = Pick<IndexedLog, 'error' | 'warning' | 'msg' | 'unread'>

/** The logs in the subfolders of the folder, in the order of the ancestor; empty if the folder does not exist. */
export interface LogIndex {
  read(folder: string): Promise<ReadonlyMap<string, readonly IndexedLog[]>>
}

const WITHOUT_DEBUG: ReadonlySet<string> = new Set(['krista_backup', 'web_api'])
const MAX_BYTES = 64 * 1024 * 1024
const LOGS_OF_FOLDER = 5000

export function openLogIndex(): LogIndex {
  // Results are cached until the file changes.
  const known = new Map<string, { readonly mark: string; readonly found: Found }>()
  const look = async (folder: Folder, name: string, stats: Stats): Promise<Found> => {
    const key = `${folder.path}/${name}`
    const mark = `${stats.ino} ${stats.size} ${stats.mtimeMs}`
    const before = known.get(key)
    if (before?.mark === mark) return before.found
    try {
      const found = await scan(folder, name)
      known.set(key, { mark, found })
      return found
    } catch (error) {
      return unread(messageOf(error))
    }
  }
  return {
    async read(path) {
      const logs = new Map<string, readonly IndexedLog[]>()
      const top = openOrNot(() => openExistingFolderSync(path))
      if (top === undefined) return logs
      try {
        const names = namesInSync(top).filter((name) => name !== 'debug' && statInSync(top, name)?.isDirectory() === true)
        for (const name of names.toSorted().toReversed()) {
          const folder = openOrNot(() => openFolderInSync(top, name))
          if (folder === undefined) continue
          try {
            logs.set(name, await listIn(folder, { name, look }))
          } finally {
            closeFolderSync(folder)
          }
        }
        return logs
      } finally {
        closeFolderSync(top)
      }
    },
  }
}

interface Listing {
  readonly name: string
  readonly look: (folder: Folder, name: string, stats: Stats) => Promise<Found>
}

async function listIn(folder: Folder, { name: of, look }: Listing): Promise<readonly IndexedLog[]> {
  const entries: (IndexedLog & { readonly at: string })[] = []
  const names = namesInSync(folder).toSorted((a, b) => (stampOf(b) < stampOf(a) ? -1 : stampOf(b) > stampOf(a) ? 1 : 0))
  for (const name of names.slice(0, LOGS_OF_FOLDER)) {
    const stats = statInSync(folder, name)
    if (stats?.isFile() !== true) continue
    const debugname = WITHOUT_DEBUG.has(of) ? '' : `${name.slice(0, -4)}-debug${name.slice(-4)}`
    entries.push({ name, debugname, exist: true, ...(await look(folder, name, stats)), at: stampOf(name) })
  }
  return entries.map(({ at: _, ...entry }) => entry)
}

/** Of the name up to its first dot, the last part that is a time. Names without one are sorted last. */
function stampOf(name: string): string {
  return (
    name
      .split('.')[0]
      ?.split('-')
      .findLast((part) => /^\d{8}_\d{6}$/u.test(part)) ?? ''
  )
}

/** The first line with ERROR or CRITICAL, otherwise the last one with WARNING. */
async function scan(folder: Folder, name: string): Promise<Found> {
  const handle = await openRegularIn(folder, name)
  if (handle === undefined) return unread('it was removed or replaced')
  let warning = ''
  let read = 0
  try {
    for await (const line of handle.readLines({ encoding: 'utf8', autoClose: false })) {
      read += line.length
      if (/ERROR|CRITICAL/u.test(line)) return { error: true, warning: warning !== '', msg: `${line.slice(0, 16_384)}\n` }
      if (line.includes('WARNING')) warning = `${line.slice(0, 16_384)}\n`
      if (read > MAX_BYTES) return unread('it is too large')
    }
    return { error: false, warning: warning !== '', msg: warning }
  } finally {
    await handle.close()
  }
}

function unread(why: string): Found {
  return { error: false, warning: true, msg: `WARNING could not read the log: ${why}\n`, unread: true }
}

function openOrNot(open: () => Folder): Folder | undefined {
  try {
    return open()
  } catch (error) {
    // An unreadable folder must not be reported as empty.
    if (isAbsent(error)) return undefined
    throw error
  }
}
