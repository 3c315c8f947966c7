import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { settledWithin } from '../../lib/settled-within.ts'
import type { ResolveSecret } from '../../plan/secret.ts'
import type { RcloneStorageSpec } from '../../plan/storages/rclone-storage.ts'
import { assertKey } from '../keys.ts'
import { type Key, type OperationContext, type Storage, StorageError, type StoredKind, type StoredObject } from '../storage.ts'
import { quoted, refuseAborted } from '../system-errors.ts'
import { isNotFound } from './rclone-error.ts'
import { ROOT_REMOTE } from './rclone-service.ts'
import { once, openRemote, type Remote } from './remote.ts'
import { StalledError } from './stall.ts'
import { unfinishedUploads } from './unfinished-uploads.ts'
import { isLeftOver, UPLOADS, uploadName } from './upload-names.ts'

export interface RcloneDeps {
  /** Receives remarks that are not failures. */
  readonly note: (text: string) => void
  readonly resolveSecret: ResolveSecret
}

const TIDY_LIMIT_MS = 10_000
// Some remotes show an object some seconds after they have accepted it.
const SHOW_LIMIT_MS = 30_000
const LIST_TRIES = 5

/** Objects on any rclone remote. rclone is started by the first call and runs until `close`. */
export function rcloneStorage(spec: RcloneStorageSpec, deps: RcloneDeps): Storage {
  const remote = openRemote(spec, deps.resolveSecret)
  const place: RemotePlace = { remote, emptied: new Set(), prepare: once(() => prepareUploads(remote, deps.note)) }
  return {
    label: spec.label,
    put: (key, body, call) => put(place, { key, body, call }),
    get: (key, call) => get(remote, key, call),
    list: (prefix, call) => list(remote, prefix, call),
    remove: (key, call) => remove(place, key, call),
    unfinished: unfinishedUploads(remote),
    async close() {
      await settledWithin(TIDY_LIMIT_MS, tidy(place))
      await remote.close()
    },
  }
}

interface RemotePlace {
  readonly remote: Remote
  /** Folders directly in the root from which objects were removed. */
  readonly emptied: Set<string>
  /** Before the first upload. Resolves with whether uploads are moved to their final names. */
  readonly prepare: () => Promise<boolean>
}

interface Put {
  readonly key: Key
  readonly body: Readable
  readonly call: OperationContext & { readonly kind?: StoredKind }
}

async function put(place: RemotePlace, { key, body, call }: Put): Promise<StoredObject> {
  // Attached immediately: otherwise, a body that fails before it is read would end the process.
  body.on('error', () => undefined)
  try {
    assertName(key)
    refuseAborted(call.signal, `storing ${quoted(key)}`)
    const bytes = (await place.prepare())
      ? await putByMove(place, { key, body, call })
      : await place.remote.upload({ key, body, doing: `store ${quoted(key)}` }, call)
    await untilShown(place.remote, { key, bytes })
    return { key, bytes }
  } finally {
    body.destroy()
  }
}

// rclone shows these as other characters ("␍"), so that the name would be different in listings.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
const CHANGED = /[\u0000-\u001f\u007f\u201b]/u

function assertName(key: Key): void {
  assertKey(key)
  if (CHANGED.test(key))
    throw new StorageError('broken', `${quoted(key)} cannot be stored with rclone, which would change one of its characters`, {
      hint: 'Use a name without control characters.',
    })
}

/** Uploaded to another name, then moved by the remote itself: readers see the old object, none, or the new one, complete. */
async function putByMove({ remote, emptied }: RemotePlace, { key, body, call }: Put): Promise<number> {
  const upload = `${UPLOADS}/${uploadName(key, call.kind)}`
  emptied.add(UPLOADS)
  try {
    const doing = `store ${quoted(key)}`
    const bytes = await remote.upload({ key: upload, body, doing }, call)
    refuseAborted(call.signal, `storing ${quoted(key)}`)
    const paths = { srcFs: ROOT_REMOTE, srcRemote: upload, dstFs: ROOT_REMOTE, dstRemote: key }
    await remote.call('operations/movefile', paths, { doing })
    return bytes
  } catch (error) {
    // The next run removes what remains.
    if (!(error instanceof StalledError))
      await settledWithin(TIDY_LIMIT_MS, remote.call('operations/deletefile', { remote: upload }, { doing: 'clean up' }))
    throw error
  }
}

/** The stored object must be visible with its full size; a shorter one is removed. */
async function untilShown(remote: Remote, { key, bytes }: StoredObject): Promise<void> {
  const doing = `check ${quoted(key)}`
  for (let pauseMs = 50, waitedMs = 0; ; pauseMs *= 2) {
    const { item } = await remote.call('operations/stat', { remote: key, opt: { noModTime: true, noMimeType: true } }, { doing })
    const size = sizeOf(item)
    // Some remotes do not know the sizes of their objects.
    if (size === bytes || size === -1) return
    if (size !== undefined) {
      const end = await remote.call('operations/deletefile', { remote: key }, { doing }).then(
        () => 'was removed',
        () => 'could not be removed',
      )
      throw new StorageError('broken', `${quoted(key)} on "${remote.label}" has ${size} bytes, expected ${bytes}; it ${end}`)
    }
    if (waitedMs >= SHOW_LIMIT_MS) throw new StorageError('broken', `${quoted(key)} not found on "${remote.label}" after it was stored`)
    await sleep(pauseMs)
    waitedMs += pauseMs
  }
}

function sizeOf(item: unknown): number | undefined {
  return typeof item === 'object' && item !== null && 'Size' in item && typeof item.Size === 'number' ? item.Size : undefined
}

async function get(remote: Remote, key: Key, call: OperationContext): Promise<Readable> {
  assertName(key)
  refuseAborted(call.signal, `reading ${quoted(key)}`)
  return remote.download(key, call)
}

async function* list(remote: Remote, prefix: Key, { signal }: OperationContext): AsyncGenerator<StoredObject> {
  refuseAborted(signal, `listing ${quoted(prefix)}`)
  // Only the deepest folder in the prefix needs to be read.
  const folder = prefix.slice(0, Math.max(0, prefix.lastIndexOf('/')))
  for (const { path, bytes } of await listFolder(remote, { folder, doing: prefix === '' ? 'list the objects' : `list ${quoted(prefix)}`, signal }))
    if (path.startsWith(prefix) && !path.startsWith(`${UPLOADS}/`)) yield { key: path, bytes }
}

interface Listing {
  readonly folder: string
  readonly doing: string
  readonly signal?: AbortSignal
}

type Listed = readonly { readonly path: string; readonly bytes: number }[]

/** All objects below a folder; none if the folder does not exist. */
async function listFolder(remote: Remote, listing: Listing): Promise<Listed> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await walkFolder(remote, listing)
    } catch (error) {
      if (!mayBeGone(error)) throw error
      if (!(await hasAnything(remote, listing))) return []
      // A folder below it was removed while rclone was reading.
      if (tries === LIST_TRIES) throw notAbsent(error)
      await sleep(50 * tries)
    }
  }
}

// Some remotes have special errors for objects that were removed in the meantime.
function mayBeGone(error: unknown): error is StorageError {
  return error instanceof StorageError && (isNotFound(error) || error.code === 'storage/broken')
}

// "Not found" would mean that the folder itself does not exist.
function notAbsent(error: StorageError): StorageError {
  return isNotFound(error) ? new StorageError('broken', error.message) : error
}

async function walkFolder(remote: Remote, { folder, ...options }: Listing): Promise<Listed> {
  const opt = { recurse: true, filesOnly: true, noModTime: true, noMimeType: true }
  const { list: found } = await remote.call('operations/list', { remote: folder, opt }, options)
  const entries: readonly { readonly Path?: unknown; readonly Size?: unknown }[] = Array.isArray(found) ? found : []
  const paths = entries.map(({ Path, Size }) => [String(Path), Math.max(0, Number(Size))] as const)
  // Some remotes can store several objects with the same name.
  return [...new Map(paths)].map(([path, bytes]) => ({ path, bytes }))
}

/** Queries only the folder, so that the error cannot refer to anything else. */
async function hasAnything(remote: Remote, { folder, ...options }: Listing): Promise<boolean> {
  try {
    await remote.call('operations/list', { remote: folder, opt: { noModTime: true, noMimeType: true } }, options)
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

async function remove({ remote, emptied }: RemotePlace, key: Key, { signal }: OperationContext): Promise<void> {
  assertName(key)
  const doing = `remove ${quoted(key)}`
  refuseAborted(signal, `removing ${quoted(key)}`)
  try {
    await remote.call('operations/deletefile', { remote: key }, { doing })
    if (key.includes('/')) emptied.add(key.slice(0, key.indexOf('/')))
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

/** Determines the features of the remote, and removes uploads left by dead processes: failures are retried the next time. */
async function prepareUploads(remote: Remote, note: (text: string) => void): Promise<boolean> {
  const { movesUploads, takesStreams } = await remote.features()
  if (!takesStreams) note(`"${remote.label}" does not support streams: rclone first writes each object to a temporary file on this host`)
  if (!movesUploads) return false
  const doing = 'list unfinished uploads'
  const left = await listFolder(remote, { folder: UPLOADS, doing }).catch(() => [])
  for (const { path } of left) {
    if (isLeftOver(path.slice(UPLOADS.length + 1))) await remote.call('operations/deletefile', { remote: path }, { doing }).catch(() => undefined)
  }
  return true
}

/** Empty folders are removed if the remote stores folders. Optional. */
async function tidy({ remote, emptied }: RemotePlace): Promise<void> {
  if (emptied.size === 0 || !(await remote.features()).keepsFolders) return
  for (const folder of emptied)
    await remote
      .call('operations/rmdirs', { remote: folder, leaveRoot: false }, { doing: `remove empty folders in ${quoted(folder)}` })
      .catch(() => undefined)
}
