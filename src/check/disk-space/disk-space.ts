import { formatBytes } from '../../lib/format.ts'
import type { DiskSpaceCheck, FreeSpace } from '../../plan/check.ts'
import { runTool } from '../../process/tool/run-tool.ts'
import type { CheckContext } from '../check-deps.ts'
import { type CheckFact, type CheckResult, joinResults } from '../check-result.ts'

type Limits = Pick<DiskSpaceCheck, 'warn' | 'fail' | 'warnInodesPercent' | 'failInodesPercent'>

/** Checks all paths in parallel: one on a dead mount must not hide the others. */
export async function checkDiskSpace(check: DiskSpaceCheck, { signal }: CheckContext): Promise<CheckResult> {
  const results = await Promise.all(check.paths.map((path) => checkPath(path, check, signal)))
  return joinResults(results, results.map(({ reason }) => reason).join('; '))
}

async function checkPath(path: string, limits: Limits, signal: AbortSignal): Promise<CheckResult> {
  const name = JSON.stringify(path)
  const use = await fileSystemUse(path, signal)
  if (use !== undefined) return decideDiskSpace(path, use, limits)
  return signal.aborted
    ? {
        status: 'unknown',
        reason: `no answer from the file system of ${name}`,
        hint: 'Check its file server; unmount a dead mount with "umount -l".',
        facts: [],
      }
    : { status: 'unknown', reason: `${name} does not exist or cannot be accessed`, hint: "Correct the path, or this user's permissions.", facts: [] }
}

/** Whether there is enough space. Decides only. */
export function decideDiskSpace(path: string, use: FileSystemUse, limits: Limits): CheckResult {
  const { freeBytes, totalBytes, freeInodes, totalInodes } = use
  const bytes = { warn: bytesOf(limits.warn, totalBytes), fail: bytesOf(limits.fail, totalBytes) }
  const inodes = { warn: (totalInodes * limits.warnInodesPercent) / 100, fail: (totalInodes * limits.failInodesPercent) / 100 }
  const name = JSON.stringify(path)
  const space: CheckResult = decideRoom(freeBytes, bytes, {
    description: `${formatBytes(freeBytes)} (${percent(freeBytes, totalBytes)}) free on ${name}`,
    limitWords: (limit) => formatBytes(limit),
    hint: `Free some space on ${name}.`,
    fact: factOf(`${path} free`, freeBytes, { unit: 'B', ...bytes, max: totalBytes }),
  })
  if (totalInodes === 0) return space
  const files = decideRoom(freeInodes, inodes, {
    description: `${freeInodes} (${percent(freeInodes, totalInodes)}) inodes free on ${name}`,
    limitWords: (limit) => String(Math.ceil(limit)),
    hint: `Find the folder that contains many small files: they use up the inodes of ${name}.`,
    fact: factOf(`${path} inodes free`, freeInodes, { unit: '', ...inodes, max: totalInodes }),
  })
  return joinResults([space, files], space.reason)
}

interface RoomWords {
  readonly description: string
  readonly limitWords: (limit: number) => string
  readonly hint: string
  readonly fact: CheckFact
}

function decideRoom(free: number, { warn, fail }: Thresholds, { description, limitWords, hint, fact }: RoomWords): CheckResult {
  if (free >= warn && free >= fail) return { status: 'ok', reason: description, facts: [fact] }
  const isFailure = free < fail
  return { status: isFailure ? 'fail' : 'warn', reason: `only ${description}, less than ${limitWords(isFailure ? fail : warn)}`, hint, facts: [fact] }
}

interface Thresholds {
  readonly warn: number
  readonly fail: number
}

function bytesOf(space: FreeSpace, totalBytes: number): number {
  return space.kind === 'bytes' ? space.bytes : (totalBytes * space.percent) / 100
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '0 %' : `${((part / whole) * 100).toFixed(part / whole < 0.1 ? 1 : 0)} %`
}

interface Range extends Thresholds {
  readonly unit: string
  readonly max: number
}

function factOf(label: string, value: number, { unit, warn, fail, max }: Range): CheckFact {
  return { label, value, unit, warn: `${Math.ceil(warn)}:`, fail: `${Math.ceil(fail)}:`, min: '0', max: String(max) }
}

/** The usage of a file system, as seen by an ordinary user. */
interface FileSystemUse {
  readonly freeBytes: number
  /** Free and used together, without the space reserved for root, like df(1). */
  readonly totalBytes: number
  readonly freeInodes: number
  /** 0 if the file system creates inodes as needed. */
  readonly totalInodes: number
}

/**
 * The usage of the file system of a path. Determined in a separate process, because a call on a dead mount blocks forever. Undefined if the path does
 * not exist or is not accessible, and if `signal` is aborted before the answer.
 */
export async function fileSystemUse(path: string, signal: AbortSignal): Promise<FileSystemUse | undefined> {
  const { exitCode, stdout } = await runTool(['stat', '--file-system', '--format=%S %b %f %a %c %d %t', '--', path], [], signal)
  return exitCode === 0 && !signal.aborted ? parseUse(stdout) : undefined
}

// FUSE_SUPER_MAGIC of statfs(2), as stat(1) prints it.
const FUSE = '65735546'

/** The output of stat(1): block size, blocks, free blocks, blocks free for users, inodes, free inodes, type in hexadecimal. */
export function parseUse(text: string): FileSystemUse | undefined {
  const match = /^(\d+) (\d+) (\d+) (\d+) (\d+) (\d+) ([\da-f]+)\s*$/u.exec(text)
  if (match === null) return undefined
  const [blockBytes = 0, blocks = 0, free = 0, available = 0, inodes = 0, freeInodes = 0] = match.slice(1, 7).map(Number)
  // Mounts of remote storage (rclone) report some number of inodes, and none of them free.
  const totalInodes = match[7] === FUSE && freeInodes === 0 ? 0 : inodes
  const used = Math.max(0, blocks - free)
  return { freeBytes: available * blockBytes, totalBytes: (used + available) * blockBytes, freeInodes, totalInodes }
}
