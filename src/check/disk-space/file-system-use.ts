import { runTool } from '../../process/tool/run-tool.ts'

/** How full a file system is, as an ordinary user meets it. */
export interface FileSystemUse {
  readonly freeBytes: number
  /** Free and used together: what is reserved for root is left out, as df(1) does. */
  readonly totalBytes: number
  readonly freeInodes: number
  /** 0 where the file system makes inodes as it needs them. */
  readonly totalInodes: number
}

/**
 * The use of the file system that a path is on. Asked in a process of its own, since a call on a dead mount blocks for ever. Undefined when there is no such
 * path, when it may not be asked, and when `signal` is aborted before the answer.
 */
export async function fileSystemUse(path: string, signal: AbortSignal): Promise<FileSystemUse | undefined> {
  const { exitCode, stdout } = await runTool(['stat', '--file-system', '--format=%S %b %f %a %c %d', '--', path], [], signal)
  return exitCode === 0 && !signal.aborted ? parseUse(stdout) : undefined
}

/** What stat(1) prints: size of a block, blocks, free ones, those free for users, inodes, free ones. */
export function parseUse(text: string): FileSystemUse | undefined {
  const match = /^(\d+) (\d+) (\d+) (\d+) (\d+) (\d+)\s*$/u.exec(text)
  if (match === null) return undefined
  const [blockBytes = 0, blocks = 0, free = 0, available = 0, totalInodes = 0, freeInodes = 0] = match.slice(1).map(Number)
  const used = Math.max(0, blocks - free)
  return { freeBytes: available * blockBytes, totalBytes: (used + available) * blockBytes, freeInodes, totalInodes }
}
