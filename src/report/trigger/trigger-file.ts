import { randomUUID } from 'node:crypto'
import { closeSync, constants, fchmodSync, fchownSync, fstatSync, fsyncSync, ftruncateSync, type Stats, writeSync } from 'node:fs'
import { namesInSync, openFileInSync, renameEntrySync, statInSync, unlinkInSync } from '../../files/entries.ts'
import { closeFolderSync, FilesError, type Folder } from '../../files/folder.ts'
import { openTargetSync, type Target } from '../../files/open-by-path.ts'
import { readSmallInSync } from '../../files/read-small.ts'
import { afterBad, afterNothingBad, parseTrigger, TRIGGER_STALE_MS, type TriggerFile, type TriggerState } from './decide-trigger.ts'

/**
 * A file with one word, SUCCESS, WARNING or ERROR without a line end, for a monitoring system (Zabbix: `vfs.file.contents`). Several tasks share it.
 * Methods throw the system's error if the file cannot be written.
 */
export interface Trigger {
  /** A run begins. Only if not strict, a good or old state becomes SUCCESS now, before anything is done. */
  begin(): void
  /** The run reports a problem. Written immediately, in case it is killed later. */
  report(level: 'WARNING' | 'ERROR'): void
  /** The run has succeeded, possibly with reported problems. */
  end(): void
}

export interface TriggerDeps {
  readonly path: string
  /** SUCCESS is written only after a run has succeeded. */
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
    report(level) {
      const state = worst === 'ERROR' ? worst : level
      worst = state
      put((file) => afterBad(file, state))
    },
    end() {
      if (strict && worst === undefined) put(afterNothingBad)
    },
  }
}

const MOST_BYTES = 4096

/** The state in the file, and its age. A missing or unreadable file counts as good. */
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

// Readers never see it empty: the word is written to a temporary file, which is renamed. If the folder is not writable, the file itself is written.
// Writing takes time, and another run may have reported a worse state: therefore `now` decides again, just before the file is replaced.
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

// A FIFO without a reader fails (ENXIO) and does not block. A file with several hard links may be any other file.
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
      // No set-ID bits: the mode was determined by the user who created the file.
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

// Longer than any write takes.
const LEFT_OVER_MS = 3600_000

/** Temporary files of a run that was killed while writing. */
function removeLeftOver(folder: Folder, { start, nowMs }: { readonly start: string; readonly nowMs: number }): void {
  try {
    for (const name of namesInSync(folder)) {
      const stat = name.startsWith(start) ? statInSync(folder, name) : undefined
      if (stat?.isFile() === true && nowMs - stat.mtimeMs > LEFT_OVER_MS) unlinkInSync(folder, name)
    }
  } catch {
    // Another run was faster, or the folder cannot be read: the next one tries again.
  }
}

// An ordinary user cannot change the owner; then the file belongs to that user.
function giveTo(fd: number, { uid, gid }: { readonly uid: number; readonly gid: number }): void {
  try {
    fchownSync(fd, uid, gid)
  } catch {
    // The mode is kept, so that existing readers still have access, without bits that only apply to the owner.
  }
}
