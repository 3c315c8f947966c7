/** A pool of buffers for the parts of uploads, shared by all of them so that memory is limited regardless of their number. */
export interface BufferPool {
  /** Waits for free space, first come, first served. Rejects with the reason of the signal on an abort. */
  take(bytes: number, signal: AbortSignal): Promise<Lease>
}

/** A buffer, until it is released. */
export interface Lease {
  readonly buffer: Buffer
  /** The buffer must not be used afterwards. Repeated calls have no effect. */
  release(): void
}

interface Waiting {
  readonly bytes: number
  readonly start: () => void
}

/** At most `budgetBytes` are in use at any time; a single larger buffer is granted only alone. */
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
    // Sizes rarely change: buffers of the old size only occupy memory.
    free = []
    // Not from Node's own pool, and not cleared: all bytes are written before they are read.
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
