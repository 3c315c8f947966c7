import { Readable } from 'node:stream'

/** One consumer of a stream that is read once. */
export interface Branch {
  readonly body: Readable
  /** The number of bytes consumed. */
  readonly bytes: number
  /** Whether it failed because the source failed. */
  readonly isBroken: boolean
  /** Ends this branch; the others continue. */
  leave(): void
}

/** A stream of bytes for several consumers, each of which receives all of it. */
export interface FanOut {
  readonly branches: readonly Branch[]
  /** Passes on every chunk, at the speed of the slowest branch. Rejects with the error of the source; all branches then fail with it. */
  run(onChunk: (chunk: Buffer) => void): Promise<void>
}

// For each branch: how far it may be behind without delaying the others.
const BUFFERED_BYTES = 1024 * 1024

/** The branches end after the source has ended, or fail with its error. The chunks are shared and must not be changed. */
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
  // Handled from the beginning: it may fail before it is read.
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
    /** Resolves when the branch can take another chunk, or has ended. */
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
