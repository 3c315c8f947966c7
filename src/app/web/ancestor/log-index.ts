import type { Stats } from 'node:fs'
import { namesInSync, openRegularIn, statInSync } from '../../../files/entries.ts'
import { closeFolderSync, type Folder, openFolderInSync } from '../../../files/folder.ts'
import { openExistingFolderSync } from '../../../files/open-by-path.ts'

/** A log in the answer of `/api/cf`. */
export interface IndexedLog {
  readonly name: string
  readonly debugname: string
  readonly exist: true
  readonly error: boolean
  readonly warning: boolean
  readonly msg: string
}

type Found = Pick<IndexedLog, 'error' | 'warning' | 'msg'>

/** The logs below the folder, by subfolder, as the ancestor lists them. One that cannot be read is listed without anything found in it. */
export interface LogIndex {
  read(folder: string): Promise<ReadonlyMap<string, readonly IndexedLog[]>>
}

const WITHOUT_DEBUG: ReadonlySet<string> = new Set(['krista_backup', 'web_api'])
const MAX_BYTES = 64 * 1024 * 1024
const LOGS_OF_FOLDER = 5000

export function openLogIndex(): LogIndex {
  // What was looked through once is not again while it stays as it is.
  const known = new Map<string, { readonly mark: string; readonly found: Found }>()
  const look = async (folder: Folder, name: string, stats: Stats): Promise<Found> => {
    const key = `${folder.path}/${name}`
    const mark = `${stats.ino} ${stats.size} ${stats.mtimeMs}`
    const before = known.get(key)
    if (before?.mark === mark) return before.found
    const found = await scan(folder, name).catch(() => ({ error: false, warning: false, msg: '' }))
    known.set(key, { mark, found })
    return found
  }
  return {
    async read(path) {
      const logs = new Map<string, readonly IndexedLog[]>()
      const top = openOrNot(path)
      if (top === undefined) return logs
      try {
        const names = namesInSync(top).filter((name) => name !== 'debug' && statInSync(top, name)?.isDirectory() === true)
        for (const name of names.toSorted().toReversed()) {
          const folder = openFolderInSync(top, name)
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

/** The name is cut at its first dot; the last of its parts that is a time counts. One without comes last. */
function stampOf(name: string): string {
  return (
    name
      .split('.')[0]
      ?.split('-')
      .findLast((part) => /^\d{8}_\d{6}$/u.test(part)) ?? ''
  )
}

/** The first line with ERROR or CRITICAL, else the last one with WARNING. */
async function scan(folder: Folder, name: string): Promise<Found> {
  const handle = await openRegularIn(folder, name)
  if (handle === undefined) return { error: false, warning: false, msg: '' }
  let warning = ''
  let read = 0
  try {
    for await (const line of handle.readLines({ encoding: 'utf8', autoClose: false })) {
      read += line.length
      if (/ERROR|CRITICAL/u.test(line)) return { error: true, warning: warning !== '', msg: `${line.slice(0, 16_384)}\n` }
      if (line.includes('WARNING')) warning = `${line.slice(0, 16_384)}\n`
      if (read > MAX_BYTES) break
    }
    return { error: false, warning: warning !== '', msg: warning }
  } finally {
    await handle.close()
  }
}

function openOrNot(path: string): Folder | undefined {
  try {
    return openExistingFolderSync(path)
  } catch {
    return undefined
  }
}
