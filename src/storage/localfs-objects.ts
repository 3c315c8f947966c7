import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, statfs, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { flush, flushFolder, setMode } from './flush.ts'
import { assertKey } from './keys.ts'
import type { RootInUse } from './root-in-use.ts'
import { type Call, type Key, type Storage, StorageError, type StoredObject } from './storage.ts'
import { naming, quoted, refuseAborted, storageErrorOf } from './system-errors.ts'
import { fileBytes, isAbsent, openRegularFile, walkTree } from './tree.ts'
import { tidyQuietly, WORK_AREA, withRootLock } from './work-area.ts'
import { type Entry, makeEntry } from './work-entry.ts'
import type { SetPlace } from './work-folder.ts'

/** The files below a root as objects, the work area left out. */
export function localfsObjects(place: SetPlace, inUse: RootInUse): Pick<Storage, 'put' | 'get' | 'list' | 'remove' | 'freeBytes'> {
  return {
    put: (key, body, call) => putFile(place, { key, body, call, inUse }),
    async get(key, call) {
      assertKey(key)
      await inUse.check(call)
      return getFile(place, key, call)
    },
    async *list(prefix, call) {
      await inUse.check(call)
      yield* listFiles(place, prefix, call)
    },
    async remove(key, call) {
      assertKey(key)
      await inUse.check(call)
      await removeFile(place, key, call)
    },
    async freeBytes(call) {
      await inUse.check(call)
      const { bavail, bsize } = await naming('ask for the free space of', place.root, () => statfs(place.root))
      return bavail * bsize
    },
  }
}

/** Written in the work area, flushed, then renamed: a reader sees the old object or the new one, whole. */
async function putFile(place: SetPlace, { key, body, call, inUse }: Put & { readonly inUse: RootInUse }): Promise<StoredObject> {
  // Heard from the start: a body that breaks before anybody reads it would otherwise end the process.
  body.on('error', () => undefined)
  try {
    assertKey(key)
    refuseAborted(call.signal, `storing ${quoted(key)}`)
    await inUse.check(call)
    const entry = await withRootLock(place, call, () => makeEntry(place, { name: `put-${randomUUID()}`, runId: '', task: '' }))
    try {
      return await putInto(entry, place, { key, body, call })
    } finally {
      await entry.remove()
      await tidyQuietly(place)
    }
  } finally {
    body.destroy()
  }
}

interface Put {
  readonly key: Key
  readonly body: Readable
  readonly call: Call
}

async function putInto(entry: Entry, place: SetPlace, { key, body, call }: Put): Promise<StoredObject> {
  const target = join(place.root, key)
  const handle = await naming('create', entry.set, () => open(entry.set, 'wx', 0o600))
  let bytes = 0
  try {
    for await (const chunk of body) {
      refuseAborted(call.signal, `storing ${quoted(key)} to its end`)
      await naming('write', target, () => handle.writeFile(chunk))
      bytes += Buffer.byteLength(chunk)
    }
    await setMode(handle, place.spec.fileMode, { path: target, note: place.note })
    await flush(handle, target, place.note)
  } finally {
    await handle.close()
  }
  const folder = dirname(target)
  await naming('make the folder', folder, () => mkdir(folder, { recursive: true, mode: place.spec.folderMode }))
  await naming('store', target, () => rename(entry.set, target))
  await flushFolder(folder, place.note)
  return { key, bytes }
}

async function getFile(place: SetPlace, key: Key, call: Call): Promise<Readable> {
  refuseAborted(call.signal, `reading ${quoted(key)}`)
  const path = join(place.root, key)
  const handle = await naming('read', path, () => openRegularFile(path))
  if (handle === undefined) throw new StorageError('not-found', `there is no file ${quoted(path)}`)
  // Small chunks: what is read becomes garbage, and larger ones pile up to a hundred MiB of it before they are collected.
  return handle.createReadStream({ highWaterMark: 64 * 1024, signal: call.signal })
}

async function* listFiles(place: SetPlace, prefix: string, call: Call): AsyncGenerator<StoredObject> {
  refuseAborted(call.signal, `listing ${quoted(place.root)}`)
  // Only the deepest folder that the prefix names needs to be looked into.
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  if (folder !== '') assertKey(folder.slice(0, -1))
  try {
    for await (const found of walkTree(join(place.root, folder))) {
      const key = `${folder}${found.path.toString()}`
      if (found.kind === 'file' && key.startsWith(prefix) && !key.startsWith(`${WORK_AREA}/`)) yield { key, bytes: Number(await fileBytes(found.at)) }
    }
  } catch (error) {
    if (!isAbsent(error)) throw storageErrorOf(error, 'list', join(place.root, folder))
  }
}

async function removeFile(place: SetPlace, key: Key, call: Call): Promise<void> {
  refuseAborted(call.signal, `removing ${quoted(key)}`)
  const path = join(place.root, key)
  try {
    await unlink(path)
  } catch (error) {
    if (!isAbsent(error)) throw storageErrorOf(error, 'remove', path)
    return
  }
  await flushFolder(dirname(path), place.note)
}
