import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { createFileIn, openFileIn, renameEntry, statIn, unlinkIn } from '../../files/entries.ts'
import { closeFolder, type Folder, shownIn } from '../../files/folder.ts'
import { messageOf } from '../../lib/errors.ts'
import { runTool } from '../../process/tool/run-tool.ts'
import { flush, setMode } from '../flush.ts'
import { assertKey } from '../keys.ts'
import type { OpenedSetRoot } from '../opened-root.ts'
import { type OperationContext, StorageError, type WorkFile, type WorkFolder } from '../storage.ts'
import { naming, quoted, refuseAborted } from '../system-errors.ts'
import { chmodTree, setFolderMode } from './chmod-tree.ts'
import { withEntry } from './with-entry.ts'
import { removeUnusedArea } from './work-area.ts'
import { openSetFolder, type WorkEntry } from './work-entry.ts'

/** The work folder of one run, in a locked entry of the work area. */
export async function openWorkFolder(opened: OpenedSetRoot, entry: WorkEntry): Promise<WorkFolder> {
  const set = await openSetFolder(entry)
  const unfinished = new Set<string>()
  let recorded = Promise.resolve()
  let isEnded = false
  const end = async () => {
    if (isEnded) return
    isEnded = true
    await recorded
    await closeFolder(set)
    await entry.remove().catch((error: unknown) => opened.note(`could not remove a work folder: ${messageOf(error)}`))
  }
  return {
    lockFd: entry.lock.fd,
    async openFile(path, options) {
      const onFinished = () => unfinished.delete(path)
      const file = await openWorkFile(set, { path, opened, reserveBytes: options?.reserveBytes, onFinished })
      unfinished.add(path)
      return file
    },
    recordProcesses(lines) {
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
      recorded = recorded
        .then(() => record(entry, text))
        .catch((error: unknown) => opened.note(`could not record the processes of this run: ${messageOf(error)}`))
      return recorded
    },
    async publish(name, call) {
      const [open] = unfinished
      if (open !== undefined) throw new StorageError('broken', `${quoted(open)} is incomplete, so the set cannot be published`)
      await publishFolder({ entry, set, name }, opened, call)
      await end()
    },
    async abandon() {
      if (isEnded) return
      await end()
      await removeUnusedArea(opened)
    },
  }
}

async function record({ folder }: WorkEntry, text: string): Promise<void> {
  await naming('write', shownIn(folder, RECORDS), async () => {
    const file = await openFileIn(folder, RECORDS, { flags: constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT })
    try {
      await file.writeFile(text)
    } finally {
      await file.close()
    }
  })
}

const RECORDS = 'processes.jsonl'

interface WorkFileOptions {
  readonly path: string
  readonly opened: OpenedSetRoot
  readonly reserveBytes: number | undefined
  readonly onFinished: () => void
}

async function openWorkFile(set: Folder, { path, opened, reserveBytes = 0, onFinished }: WorkFileOptions): Promise<WorkFile> {
  assertKey(path)
  const file = `${set.path}/${path}`
  const handle = await naming('create', file, () => withEntry(set, { key: path, makeMode: 0o700 }, ({ folder, name }) => createFileIn(folder, name)))
  // Only a hint: writing shows whether there is enough space.
  if (reserveBytes > 0) await runTool(['fallocate', '--keep-size', '--length', String(reserveBytes), '--', '/proc/self/fd/3'], [handle.fd])
  return {
    fd: handle.fd,
    write: (data) => handle.writeFile(data),
    async finish() {
      try {
        if (reserveBytes > 0) await giveBackReserve(handle, file)
        // Before the flush, which includes it; the folders above (0700) are not accessible to other users yet.
        await setMode(handle, opened.spec.fileMode, { path: file, note: opened.note })
        await flush(handle, file, opened.note)
      } catch (error) {
        await handle.close().catch(() => undefined)
        throw error
      }
      await naming('write', file, () => handle.close())
      onFinished()
    },
    close: () => handle.close(),
    async remove() {
      await handle.close()
      await naming('remove', file, () => withEntry(set, { key: path }, ({ folder, name }) => unlinkIn(folder, name)))
      onFinished()
    },
  }
}

/** Releases space reserved beyond the data. */
async function giveBackReserve(handle: FileHandle, file: string): Promise<void> {
  const { size } = await naming('check', file, () => handle.stat())
  await naming('truncate', file, () => handle.truncate(size))
}

/**
 * The order guarantees atomicity: the data of files is on the device (`finish`), then the folders inside, then the set's own folder; only then, the
 * rename makes it a set, and flushing the root makes it permanent. A power failure at any point leaves no set or a complete one.
 */
async function publishFolder({ entry, set, name }: Publishing, opened: OpenedSetRoot, call: OperationContext): Promise<void> {
  const { root, spec, umask, note } = opened
  const [from, to] = [
    { folder: entry.folder, name: 'set' },
    { folder: root, name },
  ]
  const shown = shownIn(root, name)
  await chmodTree(set, { folderMode: spec.folderMode, umask, note })
  // A folder that its owner cannot write to cannot be renamed, because that changes its `..`: such a mode is set after the rename.
  const isHeldBack = (spec.folderMode & ~umask & 0o200) === 0
  await setFolderMode(set, isHeldBack ? spec.folderMode | 0o200 : spec.folderMode, { umask: isHeldBack ? umask & ~0o200 : umask, note })
  await flush(set, set.path, note)
  call.failpoint?.('folders-flushed')
  refuseAborted(call.signal, `publishing ${quoted(shown)}`)
  // rename(2) would replace an empty folder.
  if (await statIn(root, name)) throw new StorageError('exists', `${quoted(shown)} already exists`)
  await naming('publish', shown, () => renameEntry(from, to))
  call.failpoint?.('set-renamed')
  try {
    if (isHeldBack) {
      await setFolderMode(set, spec.folderMode, { umask, note })
      await flush(set, shown, note)
    }
    await flush(root, root.path, note)
  } catch (error) {
    // Possibly not on the device: then it must not be visible as a set.
    await renameEntry(to, from).catch(() => undefined)
    throw error
  }
  call.failpoint?.('root-flushed')
}

interface Publishing {
  readonly entry: WorkEntry
  readonly set: Folder
  readonly name: string
}
