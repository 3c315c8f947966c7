import { reopenFile } from '../../files/entries.ts'

/** A file that somebody else is writing, read behind the writer by any number of readers, each at its own pace. */
export interface GrowingFile {
  /** Fills `into` with what is there from `position` on, waiting until there is something. 0 = the end, which comes only after `end`. */
  read(into: Uint8Array, position: number): Promise<number>
  /** Nothing more is written: from now on the file's end is the end. */
  end(): void
  /** Those who read get this error instead of an end. */
  break(cause: unknown): void
  readonly isBroken: boolean
  /** Waits for what is being read; who reads afterwards fails. */
  close(): Promise<void>
}

const LOOK_MS = 20

/**
 * Opens the file behind a descriptor once more (proc_pid_fd(5)), so that the writer's own can be closed before the readers are through. Rejects with what
 * the system says.
 */
export async function growingFile(fd: number): Promise<GrowingFile> {
  const handle = await reopenFile(fd)
  let state: 'growing' | 'ended' | { readonly cause: unknown } = 'growing'
  let changed = Promise.withResolvers<void>()
  const become = (next: typeof state) => {
    // Who was told that it broke is not told an end afterwards, nor the other way round.
    if (state !== 'growing') return
    state = next
    changed.resolve()
    changed = Promise.withResolvers()
  }
  return {
    async read(into, position) {
      for (;;) {
        // Looked at before reading: what was written before the end is read after it.
        const before = state
        if (typeof before === 'object') throw before.cause
        // By the handle, not its number: that may be another file's once it is closed.
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
