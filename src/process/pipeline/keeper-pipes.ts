import { closeSync } from 'node:fs'
import { Socket } from 'node:net'
import { widenPipes } from '../pipes/widen-pipes.ts'

/**
 * Holdfast's read ends of the pipes between stages. They stay open without being read while both stages run: a reader that ends early must not kill
 * its writer by SIGPIPE at once.
 */
export interface KeeperPipes {
  /** The stage that reads link `index` has ended with an accepted code: the rest of the pipe is read and discarded, see `drain`. */
  readerLeft(index: number): void
  /** Whether the rest of link `index` was cut off, so that its writer's death by SIGPIPE is not a failure. */
  wasCutOff(index: number): boolean
  /** Enlarges those whose reader has not ended, see `widenPipes`. */
  widen(): Promise<void>
  /** Closes all of them; `readerLeft` and `widen` do nothing afterwards. */
  close(): void
}

/** Takes over the descriptors, which are non-blocking: each is closed by `close`, or by its drain. */
export function holdKeeperPipes(keeperFds: readonly number[]): KeeperPipes {
  const drains = new Map<number, Drain>()
  let isOpen = true
  return {
    readerLeft(index) {
      const fd = keeperFds[index]
      if (isOpen && fd !== undefined) drains.set(index, drain(fd))
    },
    widen: () => widenPipes(() => (isOpen ? keeperFds.filter((_, index) => !drains.has(index)) : [])),
    wasCutOff: (index) => drains.get(index)?.isCutOff ?? false,
    close() {
      isOpen = false
      for (const [index, fd] of keeperFds.entries()) {
        const drained = drains.get(index)
        if (drained) drained.stop()
        else closeSync(fd)
      }
    },
  }
}

interface Drain {
  readonly isCutOff: boolean
  stop(): void
}

const DRAINED_BYTES = 1024 * 1024

/**
 * Reads the rest of a pipe and discards it, at most 1 MiB, then closes the read end. A reader that ended early (`head -n1`) thus does no harm to a
 * writer with little left to write, and an endless writer (`yes`) ends by SIGPIPE.
 */
function drain(keeperFd: number): Drain {
  const socket = new Socket({ fd: keeperFd, readable: true, writable: false })
  let bytes = 0
  let isCutOff = false
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= DRAINED_BYTES) return
    isCutOff = true
    socket.destroy()
  })
  return {
    get isCutOff() {
      return isCutOff
    },
    stop: () => {
      socket.destroy()
    },
  }
}
