import { closeSync, constants, readlinkSync } from 'node:fs'
import { reopenSync } from '../../files/folder.ts'

/** One kernel pipe. The three descriptors are separate open file descriptions. */
export interface Pipe {
  /** For the process that reads; blocking. */
  readonly readFd: number
  /** For the process that writes; blocking. */
  readonly writeFd: number
  /** Keeps the read end open without reading; non-blocking. */
  readonly keeperFd: number
  /** The link text in `/proc/PID/fd/N`: a process that holds it is a descendant of this run. */
  readonly name: string
}

const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants

/** Opens the ends of the pipe of `fd` for reading and writing, without waiting for a partner. The caller still owns `fd`. */
export function openEnds(fd: number): Pipe {
  const opened: number[] = []
  const open = (flags: number) => {
    const end = reopenSync(fd, flags)
    opened.push(end)
    return end
  }
  try {
    const keeperFd = open(O_RDONLY | O_NONBLOCK)
    return { readFd: open(O_RDONLY), writeFd: open(O_WRONLY), keeperFd, name: readlinkSync(`/proc/self/fd/${keeperFd}`) }
  } catch (error) {
    for (const end of opened) closeSync(end)
    throw error
  }
}

export function closePipe(pipe: Pipe): void {
  closeSync(pipe.readFd)
  closeSync(pipe.writeFd)
  closeSync(pipe.keeperFd)
}
