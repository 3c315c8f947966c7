import { reopenFile } from '../../files/entries.ts'

/** A file that another process is writing, for any number of readers, each at its own speed. */
export interface GrowingFile {
  /** Reads into `into` from `position` on, waiting until there is data. Returns 0 at the end of the file, but only after `end` was called. */
  read(into: Uint8Array, position: number): Promise<number>
  /** The file is complete: its end is the end of the data. */
  end(): void
  /** The file will not be completed: readers fail with this error. */
  break(cause: unknown): void
  readonly isBroken: boolean
  /** Waits for reads in progress; later ones fail. */
  close(): Promise<void>
}

const LOOK_MS = 20

/**
 * Opens the file of a descriptor again (proc_pid_fd(5)), so that the writer's descriptor can be closed before the readers have finished. Rejects with
 * the system's error.
 */
export async function growingFile(fd: number): Promise<GrowingFile> {
  const handle = await reopenFile(fd)
  let state: 'growing' | 'ended' | { readonly cause: unknown } = 'growing'
  let changed = Promise.withResolvers<void>()
  const become = (next: typeof state) => {
    // The first of `end` and `break` counts.
    if (state !== 'growing') return
    state = next
    changed.resolve()
    changed = Promise.withResolvers()
  }
  return {
    async read(into, position) {
      for (;;) {
        // Read before the file: data written before the end must be read after the state changed.
        const before = state
        if (typeof before === 'object') throw before.cause
        // By the handle, not by its number, which may be reused after it is closed.
        const { bytesRead } = await handle.read(into, 0, into.length, position)
        if (bytesRead > 0 || before === 'ended') return bytesRead
        await untilChanged(changed.promise)
      }
    },
    end: () => become('ended'),
    break: (cause) => become({ cause }),
    get isBroken() {
      return typeof state === 'object'
    },
    close: () => handle.close(),
  }
}

async function untilChanged(changed: Promise<void>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, LOOK_MS)
  await Promise.race([changed, late])
  clearTimeout(timer)
}
