import { createHash } from 'node:crypto'
import { lstat, stat, statfs } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isAbsent, namesIn, unlinkIn } from '../files/entries.ts'
import { openFolder, withFolder } from '../files/folder.ts'
import { makeFolders } from '../files/make-folders.ts'
import { readSmallIn } from '../files/read-small.ts'
import { realPathOf } from '../files/trust/real-path.ts'
import { replaceFileIn } from '../files/write-small.ts'
import { messageOf } from '../lib/errors.ts'
import type { ArchiveWork } from './archive-work.ts'
import { keepsInodes } from './scan/pack-record.ts'

/** What a level 1 is relative to, and where it was made: recorded on this host, because the folder may be unmounted when its level 0 expires. */
export interface BaseRecord {
  /** The base name of its file set. */
  readonly basename: string
  /** Its path, with links resolved. */
  readonly archive: string
  /** The list of its level 0, relative to the folder of that. Absent: another program or an earlier version made it. */
  readonly base?: string
  /** The folder of its file set, with links resolved, and what identifies that. */
  readonly top: string
  readonly topId: string
  readonly isCopy: boolean
  /** When the record was written. */
  readonly at: string
}

export interface NewRecord extends Pick<BaseRecord, 'basename' | 'archive' | 'base' | 'top' | 'isCopy'> {
  /** The folder of the level 0. */
  readonly level0: string
}

type RecordWork = Pick<ArchiveWork, 'stateFolder' | 'clock' | 'note'>

/** Records a level 1, durably. Notes a failure: the level 0 is guessed by the dates in the names then. */
export async function writeBaseRecord({ level0, ...record }: NewRecord, { stateFolder, clock, note }: RecordWork): Promise<void> {
  if (stateFolder === undefined) return
  try {
    const [archive, top, path] = await Promise.all([realPathOf(record.archive), realPathOf(record.top), recordFolder(stateFolder, level0)])
    const content: BaseRecord = { ...record, archive, top, topId: (await folderId(top)) ?? '', at: clock().toISOString() }
    await makeFolders(path, 0o700)
    await withFolder(openFolder(path), (folder) => replaceFileIn(folder, fileOf(archive), `${JSON.stringify(content)}\n`, { isDurable: true }))
  } catch (error) {
    note(`could not record which level 0 "${record.archive}" needs: ${messageOf(error)}`)
  }
}

/** The records of all level 1 relative to a level 0 in that folder. Rejects if they cannot be read. */
export async function readBaseRecords(level0: string, { stateFolder, note }: RecordWork): Promise<readonly BaseRecord[]> {
  if (stateFolder === undefined) return []
  try {
    return await withFolder(openFolder(await recordFolder(stateFolder, level0)), async (folder) => {
      const records: BaseRecord[] = []
      for (const name of await namesIn(folder)) {
        if (!name.endsWith('.json') || name.startsWith('.')) continue
        const record = parsed((await readSmallIn(folder, name)).toString())
        if (record === undefined) note(`invalid record "${join(folder.path, name)}": ignored`)
        else records.push(record)
      }
      return records
    })
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}

export async function removeBaseRecord(level0: string, { archive }: BaseRecord, { stateFolder }: RecordWork): Promise<void> {
  if (stateFolder === undefined) return
  await withFolder(openFolder(await recordFolder(stateFolder, level0)), (folder) => unlinkIn(folder, fileOf(archive)))
}

/** `absent`: it was removed. `unknown`: its folder is missing, or another one is in its place, as when a file system is not mounted or exchanged. */
export async function whereIs({ archive, top, topId }: BaseRecord): Promise<'present' | 'absent' | 'unknown'> {
  try {
    await lstat(archive)
    return 'present'
  } catch (error) {
    if (!isAbsent(error)) throw error
    return (await folderId(top)) === topId ? 'absent' : 'unknown'
  }
}

/**
 * Identifies a folder, also if its file system is mounted again: inode number and time of creation, because all root folders have the same number.
 * On file systems without permanent inode numbers, the type of the file system. Undefined if the folder is missing.
 */
async function folderId(path: string): Promise<string | undefined> {
  try {
    const [{ ino, birthtimeNs }, { type }] = await Promise.all([stat(path, { bigint: true }), statfs(path)])
    return keepsInodes(type) ? `${ino} ${birthtimeNs}` : `type ${type}`
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

async function recordFolder(stateFolder: string, level0: string): Promise<string> {
  return join(stateFolder, 'level-1', keyOf(await realPathOf(level0)))
}

function fileOf(archive: string): string {
  return `${keyOf(archive)}.json`
}

function keyOf(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 32)
}

function parsed(text: string): BaseRecord | undefined {
  try {
    const value = JSON.parse(text) as Partial<Record<keyof BaseRecord, unknown>>
    const { base, isCopy } = value
    const areTexts = [value.basename, value.archive, value.top, value.topId, value.at, base ?? ''].every((it) => typeof it === 'string')
    return areTexts && typeof isCopy === 'boolean' ? (value as BaseRecord) : undefined
  } catch {
    return undefined
  }
}

/** The records of a file set, by archive. */
export interface KnownBases {
  readonly records: readonly BaseRecord[]
  /** Of the archive with this path; otherwise, for copies, of those with its name. */
  basesOf(archive: string): readonly string[]
}

export function knownBases(all: readonly BaseRecord[], { basename: wanted }: { readonly basename: string }): KnownBases {
  const records = all.filter((it) => it.basename === wanted)
  const byPath = new Map(records.map((it) => [it.archive, it]))
  const byName = Map.groupBy(records, (it) => basename(it.archive))
  return {
    records,
    basesOf(archive) {
      const own = byPath.get(archive)?.base
      return own === undefined ? [...new Set((byName.get(basename(archive)) ?? []).flatMap(({ base }) => base ?? []))] : [own]
    },
  }
}
