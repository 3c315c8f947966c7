import { isKey } from '../../storage/keys.ts'
import { type OperationContext, type Storage, StorageError } from '../../storage/storage.ts'
import { storageErrorOf } from '../../storage/system-errors.ts'
import { BackupError } from './errors.ts'
import type { Manifest } from './manifest.ts'
import { MANIFEST_LIMITS } from './manifest-fault.ts'
import { HEAD_BYTES, isManifestHead, type ManifestReading, parseManifest } from './manifest-text.ts'
import { METADATA_FOLDER } from './metadata-paths.ts'

/** The manifest of a set as found on its storage: its text as stored, and its path in the set. */
export type Loaded =
  | (Exclude<ManifestReading, { kind: 'foreign' }> & { readonly path: string; readonly text: string })
  /** It exists, but cannot be read. */
  | { readonly kind: 'unreadable'; readonly path: string; readonly error: unknown }
  | { readonly kind: 'none' }

/** The possible paths of a manifest. The reserved folder is first: if it contains one, the file at the top is an object. */
export const MANIFEST_PATHS: readonly string[] = [`${METADATA_FOLDER}/manifest.json`, 'manifest.json']

/**
 * Finds and reads the manifest of a set on a storage. An object can also have the name `manifest.json`: only the beginning of the file shows whether
 * it is a manifest. Rejects if the storage cannot be reached, because the state of the set is unknown then.
 */
export async function loadManifest(
  storage: Storage,
  { set, paths = MANIFEST_PATHS }: { readonly set: string; readonly paths?: readonly string[] },
  call: OperationContext,
): Promise<Loaded> {
  for (const path of paths) {
    const loaded = await loadFrom(storage, { set, path }, call)
    if (loaded.kind !== 'none') return loaded
  }
  return { kind: 'none' }
}

async function loadFrom(storage: Storage, { set, path }: { readonly set: string; readonly path: string }, call: OperationContext): Promise<Loaded> {
  let text: string | undefined
  try {
    text = await readIfOurs(storage, `${set}/${path}`, call)
  } catch (error) {
    const asStorageError = storageErrorOf(error, 'read', `${set}/${path}`)
    if (call.signal.aborted || asStorageError.code === 'storage/unreachable') throw asStorageError
    return { kind: 'unreadable', path, error }
  }
  const reading = text === undefined ? undefined : parseManifest(text)
  if (text === undefined || reading === undefined || reading.kind === 'foreign') return { kind: 'none' }
  if (reading.kind === 'ours' && !reading.manifest.objects.every((object) => isObjectPath(object.path))) {
    return { kind: 'damaged', reason: 'an object path is outside of the set, or in its reserved folder', path, text }
  }
  return { ...reading, path, text }
}

function isObjectPath(path: string): boolean {
  return isKey(path) && path !== METADATA_FOLDER && !path.startsWith(`${METADATA_FOLDER}/`)
}

/**
 * The text of a manifest, or its beginning if it is too large; undefined for a missing file or one that is not a manifest, of which only the
 * beginning is read.
 */
async function readIfOurs(storage: Storage, key: string, call: OperationContext): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  let isOurs = false
  try {
    for await (const chunk of await storage.get(key, call)) {
      chunks.push(Buffer.from(chunk))
      bytes += chunk.length
      if (!isOurs && bytes >= HEAD_BYTES) isOurs = isManifestHead(Buffer.concat(chunks).toString('utf8', 0, HEAD_BYTES))
      if (!isOurs && bytes >= HEAD_BYTES) return undefined
      // One byte more than the maximum: the parser reports that it is too large.
      if (bytes > MANIFEST_LIMITS.bytes) break
    }
  } catch (error) {
    if (error instanceof StorageError && error.code === 'storage/not-found') return undefined
    throw error
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** The manifest of a set; throws the reason if there is none, or if it cannot be used. */
export function manifestOrThrow(loaded: Loaded, { set, isLegacy }: { readonly set: string; readonly isLegacy: boolean }): Manifest {
  switch (loaded.kind) {
    case 'ours':
      return loaded.manifest
    case 'newer':
      throw new BackupError('newer', `the set "${set}" was made by a later version ("${loaded.tool}", format ${loaded.version})`, {
        hint: 'Use that version or a later one. The file RESTORE.md in the set describes how to restore without Holdfast.',
      })
    case 'damaged':
      throw new BackupError('damaged', `the manifest of the set "${set}" is damaged: ${loaded.reason}`, {
        hint: 'Check the objects with SHA256SUMS in the set; the device may be failing.',
      })
    case 'unreadable':
      throw new BackupError('damaged', `could not read the manifest of the set "${set}"`, { cause: loaded.error })
    case 'none':
      if (isLegacy)
        throw new BackupError('legacy', `the set "${set}" has no manifest`, {
          hint: 'It was made by another program, and contains only files.',
        })
      throw new BackupError('unfinished', `the set "${set}" is unfinished`, { hint: 'Choose another set.' })
    default:
      return loaded satisfies never
  }
}
