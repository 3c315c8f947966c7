import { settledWithin } from '../../lib/settled-within.ts'
import type { ObjectSpec } from '../../plan/plan.ts'
import { writtenBytes } from '../../process/pipeline/written-bytes.ts'
import type { Digest } from './digester.ts'
import { growingFile } from './growing-file.ts'
import type { ObjectProgress } from './object-pipeline.ts'
import { replicate } from './replica.ts'
import type { SetContext } from './set-context.ts'
import type { SetDestination } from './set-destinations.ts'
import { untilReplicated } from './watch-replica.ts'

/** A file that does not close within this time is on a dead mount. */
export const CLOSE_LIMIT_MS = 10_000

/**
 * The storages that get an object from its spool file, which they read while it grows. Each has its own speed; a failure fails only that storage,
 * unless it fails all (`SetDestinations.fail`).
 *
 * They read until `end` (the file is complete) or `break` (it will not be completed) is called: no replica sees an end of the data before that, so
 * none stores part of an object. After either, `close` must be called.
 */
export interface Replicas {
  /** Aborted when the run is stopped, and by the failure of a replica that is the failure of all. */
  readonly signal: AbortSignal
  progress(): ObjectProgress
  /** The pipeline has succeeded and the file is complete. Replicas with another digest fail. */
  end(digest: Digest): void
  /** After `end`: resolves when each replica is stored or has failed by itself; rejects with the failure of all. */
  settled(): Promise<void>
  /** The object failed with `error`. Returns the cause: a replica whose failure fails all comes before failures by the stop that it caused. */
  break(error: unknown): unknown
  /** Waits for those that are still reading, and closes Holdfast's own descriptor of the file. On a dead mount, it stops waiting after a time. */
  close(): Promise<void>
}

/**
 * Replicates the file of `fd` to the other storages, if there are any. The caller still owns the descriptor, and may close it before they have
 * finished.
 */
export async function openReplicas(
  object: ObjectSpec,
  { fd, others }: { readonly fd: number; readonly others: readonly SetDestination[] },
  { call, digester, destinations, limits }: SetContext,
): Promise<Replicas> {
  const stop = new AbortController()
  const signal = AbortSignal.any([call.signal, stop.signal])
  const growing = others.length > 0 ? await growingFile(fd) : undefined
  let digest: Digest | undefined
  const spooledBytes = () => digest?.bytes ?? writtenBytes(fd)
  const source = { growing, digester, expected: () => digest, call: { ...call, signal } }
  const replicas = growing ? others.map((destination) => replicate(object, destination, { ...source, growing })) : []
  const settled = replicas.map((replica) =>
    untilReplicated(replica, {
      stallMs: limits.stallMs,
      signal,
      isWaiting: () => digest === undefined && replica.bytes >= spooledBytes(),
      // Broken: the object failed, not the storage.
      onFailed: (error) => growing?.isBroken || destinations.fail(replica.destination, error),
    }),
  )
  for (const one of settled) one.catch((error: unknown) => stop.abort(error))
  return {
    signal,
    progress() {
      const spooled = spooledBytes()
      const slowest = replicas.toSorted((a, b) => a.bytes - b.bytes)[0]
      return slowest === undefined || slowest.bytes >= spooled ? [spooled] : [slowest.bytes, slowest.destination.sets.label]
    },
    end(it) {
      digest = it
      growing?.end()
    },
    async settled() {
      await Promise.all(settled)
    },
    break(error) {
      const cause = stop.signal.aborted && !call.signal.aborted ? stop.signal.reason : error
      growing?.break(cause)
      stop.abort(cause)
      return cause
    },
    async close() {
      // Also those that were given up: they may still read and store.
      await settledWithin(CLOSE_LIMIT_MS, Promise.allSettled(replicas.map(({ done }) => done)))
      if (growing) await settledWithin(CLOSE_LIMIT_MS, growing.close())
    },
  }
}
