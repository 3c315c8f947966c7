import { randomUUID } from 'node:crypto'
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
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

/** What the file says, and for how long. A file that is not there or cannot be read says nothing bad. */
function readTrigger(path: string, now: Date): TriggerFile {
  try {
    return { state: parseTrigger(readFileSync(path, 'utf8')), ageMs: now.getTime() - statSync(path).mtimeMs }
  } catch {
    return { state: 'SUCCESS', ageMs: TRIGGER_STALE_MS }
  }
}

// Whoever reads it never sees it empty: the word is written beside and renamed. Where the folder is not ours, into the file itself.
// Writing takes a while, and another run may have said worse meanwhile: so `now` decides once more, just before the word takes its place.
function writeTrigger(path: string, state: TriggerState, now: () => TriggerState | undefined): void {
  mkdirSync(dirname(path), { recursive: true })
  const target = realPathOf(path)
  const present = statSync(target, { throwIfNoEntry: false })
  const beside = present === undefined || present.isFile() ? openBeside(target) : undefined
  if (beside === undefined) {
    writeFileSync(target, state)
    return
  }
  try {
    fillBeside(beside, { state, present })
    if (now() === state) renameSync(beside.path, target)
  } finally {
    rmSync(beside.path, { force: true })
  }
}

interface Beside {
  readonly path: string
  readonly fd: number
}

function fillBeside({ fd }: Beside, { state, present }: { readonly state: TriggerState; readonly present: Stats | undefined }): void {
  try {
    if (present) {
      fchmodSync(fd, present.mode & 0o7777)
      giveTo(fd, present)
    }
    writeSync(fd, state)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function openBeside(target: string): Beside | undefined {
  const start = `${target}.new-`
  try {
    const path = `${start}${randomUUID()}`
    const fd = openSync(path, 'wx', 0o644)
    removeLeftOver(start, fstatSync(fd).mtimeMs)
    return { path, fd }
  } catch {
    return undefined
  }
}

// No writing takes that long.
const LEFT_OVER_MS = 3600_000

/** What a run left beside that was killed while it wrote. */
function removeLeftOver(start: string, nowMs: number): void {
  try {
    for (const name of readdirSync(dirname(start))) {
      if (!name.startsWith(basename(start))) continue
      const path = join(dirname(start), name)
      if (nowMs - statSync(path).mtimeMs > LEFT_OVER_MS) rmSync(path)
    }
  } catch {
    // Another run was quicker, or the folder cannot be read: the next one tries again.
  }
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
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
