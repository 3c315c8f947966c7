import { Readable } from 'node:stream'

/** One of those who get the bytes of a stream that is read once. */
export interface Branch {
  readonly body: Readable
  /** How much of it was taken. */
  readonly bytes: number
  /** The source broke, and so this did. */
  readonly isBroken: boolean
  /** It wants no more; the others go on without it. */
  leave(): void
}

/** One stream of bytes for several who each want all of it. */
export interface FanOut {
  readonly branches: readonly Branch[]
  /** Hands on every chunk, at the pace of the slowest of those who are left. Rejects with what broke the source; the branches then break too. */
  run(onChunk: (chunk: Buffer) => void): Promise<void>
}

// Per branch: what a storage may lag behind the others without holding them up.
const BUFFERED_BYTES = 1024 * 1024

/** The branches end only after the source has ended, or break with its error. The chunks are shared: nobody may change them. */
export function fanOut(source: Readable, count: number): FanOut {
  const branches = Array.from({ length: count }, openBranch)
  return {
    branches,
    async run(onChunk) {
      try {
        for await (const chunk of source) {
          onChunk(chunk as Buffer)
          await Promise.all(branches.map((branch) => branch.take(chunk as Buffer)))
        }
        for (const branch of branches) branch.end()
      } catch (error) {
        for (const branch of branches) branch.break(error)
        throw error
      }
    },
  }
}

function openBranch() {
  let room = Promise.withResolvers<void>()
  let hasLeft = false
  let isBroken = false
  let bytes = 0
  const body = new Readable({
    highWaterMark: BUFFERED_BYTES,
    read: () => {
      room.resolve()
    },
    destroy: (error, done) => {
      hasLeft = true
      room.resolve()
      done(error)
    },
  })
  // Heard from the start: it may break before anybody reads it.
  body.on('error', () => undefined)
  return {
    body,
    get bytes() {
      return bytes - body.readableLength
    },
    get isBroken() {
      return isBroken
    },
    leave() {
      hasLeft = true
      body.destroy()
    },
    /** Resolves when there is room for the next one, or nobody who wants it. */
    async take(chunk: Buffer) {
      if (hasLeft) return
      room = Promise.withResolvers()
      bytes += chunk.length
      if (!body.push(chunk)) await room.promise
    },
    end() {
      if (!hasLeft) body.push(null)
    },
    break(cause: unknown) {
      isBroken = true
      body.destroy(cause instanceof Error ? cause : new Error(String(cause)))
    },
  }
}
