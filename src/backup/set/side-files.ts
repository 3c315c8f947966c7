import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { type OperationContext, type Storage, StorageError } from '../../storage/storage.ts'
import { parseSetName } from './set-name.ts'

/** The folder in the root for files that describe sets without being part of them. */
const SIDE_FOLDER = '.holdfast-index'

/** The folder for records of publications, verifications and drills; `docs/format/evidence.md` specifies them. */
const RECORD_FOLDER = '.holdfast-records'

/** Files beside the sets: their contents are not trusted. */
export interface SideFiles {
  /** Rejects with `storage/not-found`. */
  open(name: string, call: OperationContext): Promise<Readable>
  put(name: string, body: Readable, call: OperationContext): Promise<void>
  /** Names with this beginning. */
  names(prefix: string, call: OperationContext): Promise<readonly string[]>
  remove(name: string, call: OperationContext): Promise<void>
}

/** The most names that are kept in memory. */
const MOST_NAMES = 1_000_000

/** In a root in which all users can create folders, a folder of another user is not used. */
export function sideFilesOn(storage: Storage): SideFiles {
  return filesIn(SIDE_FOLDER, storage)
}

/** The records beside the sets, in the same way. */
export function recordsOn(storage: Storage): SideFiles {
  return filesIn(RECORD_FOLDER, storage)
}

function filesIn(folder: string, { folders, ...storage }: Storage): SideFiles {
  const keyOf = (name: string) => `${folder}/${name}`
  const isOurs = async (call: OperationContext) => folders === undefined || (await folders.isTrusted(folder, call))
  const isForeign = async (call: OperationContext) =>
    folders !== undefined && (await folders.isTaken(folder, call)) && !(await folders.isTrusted(folder, call))
  return {
    async open(name, call) {
      if (await isOurs(call)) return await storage.get(keyOf(name), call)
      throw new StorageError('not-found', `"${keyOf(name)}" not found`)
    },
    async put(name, body, call) {
      if (await isForeign(call)) {
        body.destroy()
        throw new StorageError('unsafe', `"${folder}" in "${storage.label}" belongs to another user`, { hint: 'Remove it.' })
      }
      await storage.put(keyOf(name), body, { ...call, kind: 'metadata' })
    },
    async names(prefix, call) {
      const names: string[] = []
      if (!(await isOurs(call))) return names
      for await (const { key } of storage.list(keyOf(prefix), call)) {
        names.push(key.slice(folder.length + 1))
        if (names.length >= MOST_NAMES) break
      }
      return names
    },
    async remove(name, call) {
      if (await isOurs(call)) await storage.remove(keyOf(name), call)
    },
  }
}

/** The name of the index of an object; `docs/format/object-index.md` specifies it. */
export function indexNameOf(set: string, object: string): string {
  return `${set}.${createHash('sha256').update(object).digest('hex').slice(0, 32)}.index`
}

/** The set to which an index belongs, by its name. Undefined for any other file. */
function setOfIndex(name: string): string | undefined {
  const set = /^(?<set>.+)\.[0-9a-f]{32}\.index$/u.exec(name)?.groups?.['set']
  return set === undefined || parseSetName(set) === undefined ? undefined : set
}

/** The set to which a file beside the sets belongs, by its name: an index, an acceptance, or an adoption. Undefined for any other file. */
export function setOfSideFile(name: string): string | undefined {
  const set = /^(?<set>.+)\.(?:accepted|adopted-[0-9a-f]{32})$/u.exec(name)?.groups?.['set']
  return set === undefined || parseSetName(set) === undefined ? setOfIndex(name) : set
}

/** Removes the records of verifications of a set that was removed: there may be many. Those of its publication and its drills remain. Never rejects. */
export async function removeVerifications(records: SideFiles | undefined, set: string, call: OperationContext): Promise<void> {
  try {
    for (const name of (await records?.names(`${set}.`, call)) ?? []) if (name.endsWith('.verify')) await records?.remove(name, call)
  } catch {
    // They do no harm.
  }
}

/** Removes the files beside a set that was removed. Never rejects: they are of no use, but do no harm either. */
export async function removeSideFiles(sideFiles: SideFiles | undefined, set: string, call: OperationContext): Promise<void> {
  try {
    for (const name of (await sideFiles?.names(`${set}.`, call)) ?? [])
      if (setOfSideFile(name) === set || name === `${set}.hold`) await sideFiles?.remove(name, call)
  } catch {
    // The next command that makes indexes there removes it.
  }
}
