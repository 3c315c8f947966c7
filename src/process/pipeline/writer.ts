import { existsSync } from 'node:fs'
import { messageOf, systemCode } from '../../lib/errors.ts'
import type { Command } from '../../plan/command.ts'
import type { FileSink, Sink } from '../processes.ts'
import type { ChildExit } from '../start/start-child.ts'
import { TOOL_ENVIRONMENT } from '../tool/run-tool.ts'
import { isKnownFilter } from './known-filter.ts'

/**
 * Holdfast's own last process: copies the last pipe to the file, or discards it. A stage never gets the file itself, because programs behave
 * differently with a regular file (`zip -`, `pg_dump -Fc`, `echo > /dev/stdout`), unless it is a filter known not to. Undefined if the data passes
 * through Holdfast, or the last stage writes the file.
 */
export function writerCommand(sink: Sink, last: Command | undefined): Command | undefined {
  if (sink.kind === 'stream' || smallWriteOf(sink, last) || (last !== undefined && writesItself(sink, last))) return undefined
  return copyingCommand(sink)
}

/** How small output is written without a writer process, which is started when there is more; undefined if this is not possible. */
export function smallWriteOf(sink: Sink, last: Command | undefined): FileSink['write'] {
  if (sink.kind !== 'file' || sink.blockBytes !== undefined || (last !== undefined && writesItself(sink, last))) return undefined
  return sink.write
}

/** The program of the writer process. */
export function copyingCommand(sink: Sink): Command {
  const blockBytes = sink.kind === 'file' ? sink.blockBytes : undefined
  const dd: Command['argv'] = ['dd', `bs=${blockBytes}`, 'iflag=fullblock', 'status=none']
  return {
    argv: blockBytes === undefined ? ['cat'] : dd,
    environment: { kind: 'exactly', values: TOOL_ENVIRONMENT },
    searchPath: ['/bin', '/usr/bin'].filter((folder) => existsSync(folder)),
    accept: { min: 0, max: 0 },
    showStdout: 'never',
    showStderr: 'never',
  }
}

// A filter of another user would keep the lock of the root open.
function writesItself(sink: Sink, last: Command): boolean {
  return sink.kind === 'file' && sink.mayBeDirect === true && sink.blockBytes === undefined && last.user === undefined && isKnownFilter(last)
}

/** Why the writer failed, from its own message if there is one. */
export function writerFailure({ code, signal }: ChildExit, stderrTail: string): string {
  // The kernel's reaction to a limit on the size of files (setrlimit(2)).
  if (signal === 'SIGXFSZ') return 'File too large'
  if (signal !== null) return `the writer was killed by ${signal}`
  const last = stderrTail.trim().split('\n').at(-1) ?? ''
  return last.replace(/^(cat|dd): (write error: |error writing '[^']*': )?/u, '') || `exit code ${code}`
}

const WRITE_ERRORS: ReadonlyMap<string | undefined, string> = new Map([
  ['ENOSPC', 'No space left on device'],
  ['EDQUOT', 'Disk quota exceeded'],
  ['EROFS', 'Read-only file system'],
  ['EFBIG', 'File too large'],
  ['EIO', 'Input/output error'],
  ['EBADF', 'Bad file descriptor'],
])

/** The same if Holdfast wrote the file: in the words of the writer. */
export function writeFailure(error: unknown): string {
  return WRITE_ERRORS.get(systemCode(error)) ?? messageOf(error)
}

/** Mounts of remote storage may support neither appending to a file nor changing it. */
export const WRITE_ONCE_HINT =
  'The file system does not support all ways of writing. If it is a mount of rclone, use a storage of type "rclone", or mount it with "--vfs-cache-mode writes".'

/** What to do about it. */
export function writerHint(failure: string): string | undefined {
  if (/No space left on device/iu.test(failure)) return 'Free some space on the storage (df -h, df -i), or keep fewer sets.'
  if (/Disk quota exceeded/iu.test(failure)) return 'Raise the quota of the user, or keep fewer sets.'
  if (/Read-only file system/iu.test(failure))
    return 'Mount the storage read-write; the kernel may have made it read-only because of errors (see dmesg).'
  if (/File too large/iu.test(failure)) return 'The file system or a limit (ulimit -f) does not allow files of this size.'
  if (/Bad file descriptor/iu.test(failure)) return WRITE_ONCE_HINT
  return undefined
}
