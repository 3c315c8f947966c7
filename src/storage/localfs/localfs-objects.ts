import { randomUUID } from 'node:crypto'
import { statfs } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { createFileIn, isAbsent, openRegularIn, renameEntry, statIn, unlinkIn } from '../../files/entries.ts'
import { closeFolder, type Folder, folderAt } from '../../files/folder.ts'
import { walkTree } from '../../files/tree/walk-tree.ts'
import { systemCode } from '../../lib/errors.ts'
import { flush, setMode } from '../flush.ts'
import { assertKey } from '../keys.ts'
import { streamOfFile } from '../lent-chunks.ts'
import type { OpenedSetRoot } from '../opened-root.ts'
import type { CheckedRoot } from '../root/checked-root.ts'
import { type Key, type OperationContext, type Storage, StorageError, type StoredObject } from '../storage.ts'
import { naming, quoted, refuseAborted, storageErrorOf } from '../system-errors.ts'
import { withEntry } from '../work/with-entry.ts'
import { removeUnusedArea, WORK_AREA, withRootLock } from '../work/work-area.ts'
import { makeEntry, type WorkEntry } from '../work/work-entry.ts'

/** The files below a root as objects, without the work area. */
export function localfsObjects(path: string, inUse: CheckedRoot): Pick<Storage, 'put' | 'get' | 'list' | 'remove' | 'freeBytes'> {
  return {
    put: (key, body, call) => putFile(inUse, { key, body, call }),
    async get(key, call) {
      assertKey(key)
      const opened = await inUse.open(call)
      refuseAborted(call.signal, `reading ${quoted(key)}`)
      const shown = `${path}/${key}`
      const handle = opened && (await naming('read', shown, () => openFile(opened, key)))
      if (handle === undefined) throw new StorageError('not-found', `file ${quoted(shown)} not found`)
      return streamOfFile(handle, { signal: call.signal, label: quoted(key) })
    },
    async *list(prefix, call) {
      const opened = await inUse.open(call)
      if (opened !== undefined) yield* listFiles(opened, prefix, call)
    },
    async remove(key, call) {
      assertKey(key)
      const opened = await inUse.open(call)
      if (opened !== undefined) await removeFile(opened, key, call)
    },
    async freeBytes(call) {
      await inUse.open(call)
      const { bavail, bsize } = await naming('read the free space of', path, () => statfs(path))
      return bavail * bsize
    },
  }
}

/** Written in the work area, flushed, then renamed: readers see the old or the new object, never a mixture. */
async function putFile(inUse: CheckedRoot, { key, body, call }: Put): Promise<StoredObject> {
  // Attached immediately: otherwise, a body that fails before it is read would end the process.
  body.on('error', () => undefined)
  try {
    assertKey(key)
    refuseAborted(call.signal, `storing ${quoted(key)}`)
    const opened = await inUse.make(call)
    const entry = await withRootLock(opened, call, (area) => makeEntry(area, { name: `put-${randomUUID()}`, runId: '', task: '' }))
    try {
      return await putInto(entry, opened, { key, body, call })
    } finally {
      await entry.remove()
      await removeUnusedArea(opened)
    }
  } finally {
    body.destroy()
  }
}

interface Put {
  readonly key: Key
  readonly body: Readable
  readonly call: OperationContext
}

async function putInto(entry: WorkEntry, { root, spec, note }: OpenedSetRoot, { key, body, call }: Put): Promise<StoredObject> {
  const target = `${root.path}/${key}`
  const handle = await naming('create', `${entry.folder.path}/set`, () => createFileIn(entry.folder, 'set'))
  let bytes = 0
  try {
    for await (const chunk of body) {
      refuseAborted(call.signal, `completing ${quoted(key)}`)
      await naming('write', target, () => handle.writeFile(chunk))
      bytes += Buffer.byteLength(chunk)
    }
    await setMode(handle, spec.fileMode, { path: target, note })
    await flush(handle, target, note)
  } catch (error) {
    await handle.close().catch(() => undefined)
    throw error
  }
  await naming('write', target, () => handle.close())
  await naming('store', target, () =>
    withEntry(root, { key, makeMode: spec.folderMode }, async (to) => {
      await renameEntry({ folder: entry.folder, name: 'set' }, to)
      await flush(to.folder, to.folder.path, note)
    }),
  )
  return { key, bytes }
}

/** Undefined for anything but a regular file below folders: a key whose path contains a link counts as missing, too. */
async function openFile({ root }: OpenedSetRoot, key: Key) {
  try {
    return await withEntry(root, { key }, ({ folder, name }) => openRegularIn(folder, name))
  } catch (error) {
    if (isAbsent(error) || systemCode(error) === 'ELOOP') return undefined
    throw error
  }
}

async function* listFiles({ root }: OpenedSetRoot, prefix: string, call: OperationContext): AsyncGenerator<StoredObject> {
  refuseAborted(call.signal, `listing ${quoted(root.path)}`)
  // Only the deepest folder in the prefix needs to be read.
  const top = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  if (top !== '') assertKey(top.slice(0, -1))
  try {
    const folder = await withEntry(root, { key: `${top}.` }, (entry) => folderAt(entry.folder.fd, `${root.path}/${top}`))
    yield* filesBelow(folder, { top, prefix })
  } catch (error) {
    if (!isAbsent(error)) throw storageErrorOf(error, 'list', `${root.path}/${top}`)
  }
}

async function* filesBelow(folder: Folder, { top, prefix }: { readonly top: string; readonly prefix: string }): AsyncGenerator<StoredObject> {
  try {
    for await (const found of walkTree(folder)) {
      const key = `${top}${found.path.toString()}`
      if (found.kind !== 'file' || !key.startsWith(prefix) || key.startsWith(`${WORK_AREA}/`)) continue
      // 0 if it was removed in the meantime.
      yield { key, bytes: (await statIn(found.folder, found.name))?.size ?? 0 }
    }
  } finally {
    await closeFolder(folder)
  }
}

async function removeFile({ root, note }: OpenedSetRoot, key: Key, call: OperationContext): Promise<void> {
  refuseAborted(call.signal, `removing ${quoted(key)}`)
  try {
    await withEntry(root, { key }, async ({ folder, name }) => {
      if (await unlinkIn(folder, name)) await flush(folder, folder.path, note)
    })
  } catch (error) {
    if (!isAbsent(error)) throw storageErrorOf(error, 'remove', `${root.path}/${key}`)
  }
}
