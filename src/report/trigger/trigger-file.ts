import { randomUUID } from 'node:crypto'
import { closeSync, constants, fchmodSync, fchownSync, fstatSync, fsyncSync, ftruncateSync, type Stats, writeSync } from 'node:fs'
import { namesInSync, openFileInSync, renameEntrySync, statInSync, unlinkInSync } from '../../files/entries.ts'
import { closeFolderSync, FilesError, type Folder } from '../../files/folder.ts'
import { openTargetSync, type Target } from '../../files/open-by-path.ts'
import { readSmallInSync } from '../../files/read-small.ts'
import { afterBad, afterNothingBad, parseTrigger, TRIGGER_STALE_MS, type TriggerFile, type TriggerState } from './decide-trigger.ts'

/**
 * A file of one word, SUCCESS, WARNING or ERROR without a line end, that a monitoring system reads (Zabbix: `vfs.file.contents`). Several tasks share one.
 * Methods throw what the system says when the file cannot be written.
 */
export interface Trigger {
  /** A run begins. Only when not strict does a good or stale state become SUCCESS now, before anything is done. */
  begin(): void
  /** The run has something bad to say. Written at once, for the case that it does not live to its end. */
  tell(level: 'WARNING' | 'ERROR'): void
  /** The run has ended well, but perhaps for what was told. */
  end(): void
}

export interface TriggerDeps {
  readonly path: string
  /** SUCCESS is written only when a run has succeeded. */
  readonly strict: boolean
  readonly clock: () => Date
}

export function openTrigger({ path, strict, clock }: TriggerDeps): Trigger {
  let worst: 'WARNING' | 'ERROR' | undefined
  const put = (decide: (file: TriggerFile) => TriggerState | undefined) => {
    const now = () => decide(readTrigger(path, clock()))
    const state = now()
    if (state !== undefined) writeTrigger(path, state, now)
  }
  return {
    begin() {
      if (!strict) put(afterNothingBad)
    },
    tell(level) {
      const said = worst === 'ERROR' ? worst : level
      worst = said
      put((file) => afterBad(file, said))
    },
    end() {
      if (strict && worst === undefined) put(afterNothingBad)
    },
  }
}

const MOST_BYTES = 4096

/** What the file says, and for how long. A file that is not there or cannot be read says nothing bad. */
function readTrigger(path: string, now: Date): TriggerFile {
  try {
    return at(path, ({ folder, name }) => {
      const text = readSmallInSync(folder, name, { maxBytes: MOST_BYTES }).toString('utf8')
      return { state: parseTrigger(text), ageMs: now.getTime() - (statInSync(folder, name)?.mtimeMs ?? 0) }
    })
  } catch {
    return { state: 'SUCCESS', ageMs: TRIGGER_STALE_MS }
  }
}

function at<T>(path: string, work: (target: Target) => T): T {
  const target = openTargetSync(path)
  try {
    return work(target)
  } finally {
    closeFolderSync(target.folder)
  }
}

// A reader never sees it empty: the word is written beside it and renamed. Where the folder is not ours, into the file itself.
// Writing takes a while, and another run may have said worse meanwhile: so `now` decides once more, just before the word takes its place.
function writeTrigger(path: string, state: TriggerState, now: () => TriggerState | undefined): void {
  at(path, ({ folder, name }) => {
    const present = statInSync(folder, name)
    const beside = present === undefined || present.isFile() ? openBeside(folder, name) : undefined
    if (beside === undefined) return writeInto({ folder, name }, state, present === undefined)
    try {
      fillBeside(beside, { state, present })
      if (now() === state) renameEntrySync({ folder, name: beside.name }, { folder, name })
    } finally {
      unlinkInSync(folder, beside.name)
    }
  })
}

// A FIFO that nobody reads is refused (ENXIO) and not waited for. A second name may be that of any file.
function writeInto({ folder, name }: Pick<Target, 'folder' | 'name'>, state: TriggerState, isNew: boolean): void {
  const fd = openFileInSync(folder, name, { flags: constants.O_WRONLY | (isNew ? constants.O_CREAT : 0), mode: 0o644 })
  try {
    const stat = fstatSync(fd)
    if (stat.isFile() && stat.nlink > 1) throw new FilesError('unsafe', `"${name}" has several hard links`)
    if (stat.isFile()) ftruncateSync(fd)
    writeSync(fd, state)
  } finally {
    closeSync(fd)
  }
}

interface Beside {
  readonly name: string
  readonly fd: number
}

function fillBeside({ fd }: Beside, { state, present }: { readonly state: TriggerState; readonly present: Stats | undefined }): void {
  try {
    if (present) {
      // The user who could create the file chose its mode: no set-id bits.
      fchmodSync(fd, present.mode & 0o777)
      giveTo(fd, present)
    }
    writeSync(fd, state)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function openBeside(folder: Folder, target: string): Beside | undefined {
  const start = `${target}.new-`
  try {
    const name = `${start}${randomUUID()}`
    const fd = openFileInSync(folder, name, { flags: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode: 0o644 })
    removeLeftOver(folder, { start, nowMs: fstatSync(fd).mtimeMs })
    return { name, fd }
  } catch {
    return undefined
  }
}

// No writing takes that long.
const LEFT_OVER_MS = 3600_000

/** What a run left beside that was killed while it wrote. */
function removeLeftOver(folder: Folder, { start, nowMs }: { readonly start: string; readonly nowMs: number }): void {
  try {
    for (const name of namesInSync(folder)) {
      const stat = name.startsWith(start) ? statInSync(folder, name) : undefined
      if (stat?.isFile() === true && nowMs - stat.mtimeMs > LEFT_OVER_MS) unlinkInSync(folder, name)
    }
  } catch {
    // Another run was quicker, or the folder cannot be read: the next one tries again.
  }
}

// An ordinary user cannot give a file away, and then it is his.
function giveTo(fd: number, { uid, gid }: { readonly uid: number; readonly gid: number }): void {
  try {
    fchownSync(fd, uid, gid)
  } catch {
    // The mode stays, so that who could read it still can, but for what only the owner could.
  }
}
