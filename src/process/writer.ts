import { existsSync } from 'node:fs'
import type { Command } from '../plan/command.ts'
import type { Sink } from './processes.ts'
import { TOOL_ENVIRONMENT } from './run-tool.ts'

/**
 * Our own last process: copies the last pipe into the file, or nowhere. A stage never gets the file itself, since programs behave
 * otherwise on a regular file (`zip -`, `pg_dump -Fc`, `echo > /dev/stdout`). Undefined where the bytes come through us.
 */
export function writerCommand(sink: Sink): Command | undefined {
  if (sink.kind === 'stream') return undefined
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

/** What to do when the writer failed, from what it said. */
export function writerHint(stderrTail: string): string | undefined {
  if (/No space left on device/u.test(stderrTail)) return 'Free some space on the storage (df -h, df -i), or keep fewer sets.'
  if (/Disk quota exceeded/u.test(stderrTail)) return 'Raise the quota of the user, or keep fewer sets.'
  if (/Read-only file system/u.test(stderrTail)) return 'Mount the storage writable; a disk with errors may have turned itself read-only (dmesg).'
  if (/File too large/u.test(stderrTail)) return 'The file system or a limit (ulimit -f) does not allow files of this size.'
  return undefined
}
