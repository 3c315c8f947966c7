import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
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
  const put = (state: TriggerState | undefined) => {
    if (state !== undefined) writeTrigger(path, state)
  }
  return {
    begin() {
      if (!strict) put(afterNothingBad(readTrigger(path, clock())))
    },
    tell(level) {
      worst = worst === 'ERROR' ? worst : level
      put(afterBad(readTrigger(path, clock()), worst))
    },
    end() {
      if (strict && worst === undefined) put(afterNothingBad(readTrigger(path, clock())))
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
function writeTrigger(path: string, state: TriggerState): void {
  mkdirSync(dirname(path), { recursive: true })
  const target = realPathOf(path)
  const present = statSync(target, { throwIfNoEntry: false })
  const beside = present === undefined || present.isFile() ? openBeside(target) : undefined
  if (beside === undefined) {
    writeFileSync(target, state)
    return
  }
  try {
    if (present) {
      fchmodSync(beside.fd, present.mode & 0o7777)
      giveTo(beside.fd, present)
    }
    writeSync(beside.fd, state)
    fsyncSync(beside.fd)
  } finally {
    closeSync(beside.fd)
  }
  renameSync(beside.path, target)
}

function openBeside(target: string): { readonly path: string; readonly fd: number } | undefined {
  const path = `${target}.new`
  try {
    rmSync(path, { force: true })
    return { path, fd: openSync(path, 'wx', 0o644) }
  } catch {
    return undefined
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
