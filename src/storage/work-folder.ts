import { appendFile, type FileHandle, lstat, mkdir, open, rename, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { messageOf } from '../lib/errors.ts'
import type { LocalfsStorageSpec } from '../plan/plan.ts'
import { runTool } from '../process/run-tool.ts'
import { flush, flushFolder, setMode } from './flush.ts'
import { assertKey } from './keys.ts'
import { setFolderMode, settleBelow, withFolder } from './settle.ts'
import { type Call, StorageError, type WorkFile, type WorkFolder } from './storage.ts'
import { naming, quoted, refuseAborted } from './system-errors.ts'
import { isAbsent } from './tree.ts'
import { type Place, tidyQuietly } from './work-area.ts'
import type { Entry } from './work-entry.ts'

/** A root with the modes of its sets. */
export interface SetPlace extends Place {
  readonly spec: LocalfsStorageSpec
  readonly umask: number
}

/** The work folder of one run, in an entry of the work area that is locked already. */
export async function openWorkFolder(place: SetPlace, entry: Entry): Promise<WorkFolder> {
  await naming('make the folder', entry.set, () => mkdir(entry.set, { mode: 0o700 }))
  const unfinished = new Set<string>()
  let recorded = Promise.resolve()
  let isEnded = false
  const end = async () => {
    if (isEnded) return
    isEnded = true
    await recorded
    await entry.remove().catch((error: unknown) => place.note(`a work folder could not be removed: ${messageOf(error)}`))
  }
  return {
    lockFd: entry.lock.fd,
    async openFile(path, options) {
      const onFinished = () => unfinished.delete(path)
      const file = await openWorkFile(join(entry.set, path), { path, place, reserveBytes: options?.reserveBytes, onFinished })
      unfinished.add(path)
      return file
    },
    recordProcesses(lines) {
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
      recorded = recorded
        .then(() => record(entry, text))
        .catch((error: unknown) => place.note(`the processes of this run are not recorded: ${messageOf(error)}`))
      return recorded
    },
    async publish(name, call) {
      const [open] = unfinished
      if (open !== undefined) throw new StorageError('broken', `${quoted(open)} was not finished, so the set cannot be published`)
      await publishFolder({ from: entry.set, name }, place, call)
      await end()
    },
    async abandon() {
      if (isEnded) return
      await end()
      await tidyQuietly(place)
    },
  }
}

function record(entry: Entry, text: string): Promise<void> {
  const path = join(entry.path, 'processes.jsonl')
  return naming('write', path, () => appendFile(path, text, { mode: 0o600 }))
}

interface WorkFileOptions {
  readonly path: string
  readonly place: SetPlace
  readonly reserveBytes: number | undefined
  readonly onFinished: () => void
}

async function openWorkFile(file: string, { path, place, reserveBytes = 0, onFinished }: WorkFileOptions): Promise<WorkFile> {
  assertKey(path)
  if (path.includes('/')) await naming('make the folder', dirname(file), () => mkdir(dirname(file), { recursive: true, mode: 0o700 }))
  const handle = await naming('create', file, () => open(file, 'wx+', 0o600))
  // A hint only: whether there is room for all of it, the writing shows.
  if (reserveBytes > 0) await runTool(['fallocate', '--keep-size', '--length', String(reserveBytes), '--', file])
  return {
    fd: handle.fd,
    async finish() {
      try {
        if (reserveBytes > 0) await giveBackReserve(handle, file)
        // Before the flush, which covers it; nobody but us gets here through the folders above (0700) yet.
        await setMode(handle, place.spec.fileMode, { path: file, note: place.note })
        await flush(handle, file, place.note)
      } finally {
        await handle.close()
      }
      onFinished()
    },
    close: () => handle.close(),
    async remove() {
      await handle.close()
      await naming('remove', file, () => unlink(file))
      onFinished()
    },
  }
}

/** Frees what was reserved beyond the data. */
async function giveBackReserve(handle: FileHandle, file: string): Promise<void> {
  const { size } = await naming('look at', file, () => handle.stat())
  await naming('truncate', file, () => handle.truncate(size))
}

/**
 * The order is the promise: what the files hold is on the device (`finish`), then the folders inside, then the set's own folder; only then the rename
 * makes it a set, and the flush of the root makes that last. A power cut anywhere leaves no set or a whole one.
 */
async function publishFolder({ from, name }: { readonly from: string; readonly name: string }, place: SetPlace, call: Call): Promise<void> {
  const to = join(place.root, name)
  const { spec, umask, note } = place
  await settleBelow(from, { folderMode: spec.folderMode, umask, note })
  await withFolder(from, async (handle) => {
    // A folder that its owner may not write cannot be renamed by him, as that changes its `..`: such a mode comes after the rename.
    const isHeldBack = (spec.folderMode & ~umask & 0o200) === 0
    await setFolderMode(handle, isHeldBack ? spec.folderMode | 0o200 : spec.folderMode, {
      path: from,
      umask: isHeldBack ? umask & ~0o200 : umask,
      note,
    })
    await flush(handle, from, note)
    call.reach?.('folders-flushed')
    refuseAborted(call.signal, `publishing ${quoted(to)}`)
    // rename(2) would replace an empty folder.
    if (await isThere(to)) throw new StorageError('exists', `${quoted(to)} is there already`)
    await naming('publish', to, () => rename(from, to))
    call.reach?.('set-renamed')
    try {
      if (isHeldBack) {
        await setFolderMode(handle, spec.folderMode, { path: to, umask, note })
        await flush(handle, to, note)
      }
      await flushFolder(place.root, note)
    } catch (error) {
      // Perhaps not on the device: then it must not be seen as a set either.
      await rename(to, from).catch(() => undefined)
      throw error
    }
  })
  call.reach?.('root-flushed')
}

/** Whether anything has that name: a file, a folder, a link that leads nowhere. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (isAbsent(error)) return false
    throw error
  }
}
