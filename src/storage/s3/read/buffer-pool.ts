/** Buffers for the parts of uploads, shared by all of them so that memory stays bounded however many run at once. */
export interface BufferPool {
  /** Waits, in the order of asking, until there is room. Rejects with the signal's reason on an abort. */
  take(bytes: number, signal: AbortSignal): Promise<Lease>
}

/** A buffer, until it is released. */
export interface Lease {
  readonly buffer: Buffer
  /** Nobody touches the buffer afterwards. Doing it again does nothing. */
  release(): void
}

interface Waiting {
  readonly bytes: number
  readonly start: () => void
}

/** At most `budgetBytes` are out at any time; one buffer larger than that goes out alone. */
export function openBufferPool(budgetBytes: number): BufferPool {
  let outBytes = 0
  let free: Buffer[] = []
  const queue: Waiting[] = []
  const fits = (bytes: number) => outBytes === 0 || outBytes + bytes <= budgetBytes
  const startNext = () => {
    for (let first = queue[0]; first !== undefined && fits(first.bytes); first = queue[0]) {
      queue.shift()
      outBytes += first.bytes
      first.start()
    }
  }
  const pick = (bytes: number): Buffer => {
    const index = free.findIndex((buffer) => buffer.length === bytes)
    if (index !== -1) return free.splice(index, 1)[0] as Buffer
    // Sizes change rarely: those of the old one only take room.
    free = []
    // Not of Node's own pool, and not cleared: every byte that is read was written.
    return Buffer.allocUnsafeSlow(bytes)
  }
  const waitForRoom = (bytes: number, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const stop = () => {
        queue.splice(queue.indexOf(waiting), 1)
        reject(signal.reason)
        startNext()
      }
      const start = () => {
        signal.removeEventListener('abort', stop)
        resolve()
      }
      const waiting: Waiting = { bytes, start }
      signal.addEventListener('abort', stop, { once: true })
      queue.push(waiting)
      startNext()
    })
  return {
    async take(bytes, signal) {
      signal.throwIfAborted()
      await waitForRoom(bytes, signal)
      const buffer = pick(bytes)
      let isOut = true
      return {
        buffer,
        release() {
          if (!isOut) return
          isOut = false
          outBytes -= bytes
          free.push(buffer)
          startNext()
        },
      }
    },
  }
}
