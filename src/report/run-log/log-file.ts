import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { messageOf } from '../../lib/errors.ts'

/** A file that text is appended to, its folders made as needed. Never throws. */
export interface LogFile {
  append(text: string): void
  /** Why something could not be written; undefined while all could be. */
  trouble(): string | undefined
  close(): void
}

// What programs say may be nobody else's business.
const MODE = 0o640

/** Nothing is made before the first text. */
export function openLogFile(path: string): LogFile {
  let fd: number | undefined
  let trouble: string | undefined
  const write = (bytes: Buffer) => {
    if (fd === undefined) {
      mkdirSync(dirname(path), { recursive: true })
      fd = openSync(path, 'a', MODE)
    }
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
  }
  return {
    append(text) {
      try {
        write(Buffer.from(text))
      } catch (error) {
        trouble ??= messageOf(error)
      }
    },
    trouble: () => trouble,
    close() {
      if (fd !== undefined) closeSync(fd)
      fd = undefined
    },
  }
}
