import { startTimer } from '../../lib/long-timer.ts'
import { openWorkGroup } from '../../lib/work-group.ts'
import type { S3StorageSpec } from '../../plan/storages/s3-storage.ts'
import { assertKey } from '../keys.ts'
import { type Key, type OperationContext, type Storage, StorageError, type StoredKind, type StoredObject } from '../storage.ts'
import { quoted, refuseAborted } from '../system-errors.ts'
import { describeFault } from './describe-fault.ts'
import { openBufferPool } from './read/buffer-pool.ts'
import { everyPage } from './read/every-page.ts'
import { openIntegrity, withConfirmation } from './read/integrity.ts'
import { openObject } from './read/open-object.ts'
import { removeKeys } from './remove-keys.ts'
import type { ObjectProperties, S3Calls } from './s3-calls.ts'
import { s3Checks } from './s3-checks.ts'
import { S3Fault } from './s3-fault.ts'
import { sdkCalls } from './sdk/sdk-calls.ts'
import { type ClientDeps, openSdkClient } from './sdk/sdk-client.ts'
import { changeClass } from './storage-class.ts'
import { DEFAULT_RETRIES, type RetryPolicy, withRetries } from './with-retries.ts'
import { openPartLimit } from './write/part-limit.ts'
import { decideParts } from './write/part-plan.ts'
import { everyUpload } from './write/unfinished-uploads.ts'
import { uploadBody } from './write/upload-body.ts'

export interface S3Deps extends Omit<ClientDeps, 'idleMs'> {
  /** Required for object locks. */
  readonly clock?: () => Date
  readonly retries?: RetryPolicy
  /** Timeout of an idle connection. Absent: two minutes, because a store may take long to combine parts. */
  readonly idleMs?: number
}

const IDLE_MS = 120_000
const PART_BYTES = 8 * 1024 ** 2
const PARTS_AT_ONCE = 3
const CLASS_CHANGES_AT_ONCE = 8

/** A bucket as a storage: keys are `ROOT/KEY`. Opens nothing yet, and loads the SDK with the first call. */
export function s3Storage(spec: S3StorageSpec, deps: S3Deps): Storage {
  const { idleMs = IDLE_MS, retries = DEFAULT_RETRIES, clock = refuseClock } = deps
  return storageOver(
    sdkCalls((region) => openSdkClient(spec, { ...deps, idleMs }, region)),
    spec,
    { retries, clock, idleMs },
  )
}

interface CallSettings {
  readonly retries: RetryPolicy
  readonly clock: () => Date
  readonly idleMs: number
}

function storageOver(bare: S3Calls, spec: S3StorageSpec, { retries, clock, idleMs }: CallSettings): Storage {
  const { partBytes = PART_BYTES, partsAtOnce = PARTS_AT_ONCE } = spec
  const calls = withRetries(withConfirmation(bare), retries)
  const integrity = openIntegrity()
  const rules = { partBytes, maxParts: spec.maxParts, equalParts: spec.equalParts }
  const partLimit = openPartLimit(spec.maxParts !== undefined)
  // For all uploads together: more parallel objects need no more memory.
  const pool = openBufferPool(partsAtOnce * partBytes)
  const prefix = spec.root === '' ? '' : `${spec.root}/`
  const label = `s3://${spec.bucket}/${spec.root}`
  const named = <T>(doing: string, call: OperationContext, work: (signal: AbortSignal) => Promise<T>) => naming(spec, { doing, call }, work)
  const endless = ({ waitLimitMs: _, ...call }: OperationContext): OperationContext => call
  const storage: Storage = {
    label,
    async put(key, body, call) {
      try {
        assertKey(key)
        refuseAborted(call.signal, `storing ${quoted(key)}`)
      } catch (error) {
        body.destroy()
        throw error
      }
      const upload = {
        key: prefix + key,
        properties: propertiesOf(spec, call.kind ?? 'object', clock),
        parts: decideParts({ ...rules, expectedBytes: call.expectedBytes }),
      }
      // The pipeline that makes the data of an object has its own limit.
      const limited = call.kind === undefined || call.kind === 'object' ? endless(call) : call
      const bytes = await named(`store ${quoted(key)}`, limited, (signal) =>
        uploadBody(body, upload, { calls, pool, integrity, partsAtOnce, partLimit, ...call, signal }),
      )
      return { key, bytes }
    },
    get: (key, call) => {
      const doing = `read ${quoted(key)}`
      const nameError = (thrown: unknown) => describeFault(thrown, doing, spec)
      return named(doing, call, (signal) => openObject(prefix + key, { calls, policy: retries, signal, idleMs, nameError }))
    },
    list: (below, call) => objectsBelow({ calls, prefix, below }, (work) => named(`list ${quoted(label)}`, call, work)),
    remove: (key, call) => named(`remove ${quoted(key)}`, call, (signal) => calls.remove(prefix + key, signal)),
    removeMany: (keys, call) =>
      named(`remove ${keys.length} objects of ${quoted(label)}`, call, (signal) =>
        removeKeys(
          calls,
          keys.map((key) => prefix + key),
          signal,
        ),
      ),
    unfinished: {
      list: async (call) => {
        const uploads = await named(`list the uploads of ${quoted(label)}`, call, (signal) => everyUpload(calls, prefix, signal))
        return uploads.map(({ key, uploadId, begun }) => ({ key: key.slice(prefix.length), id: uploadId, begun }))
      },
      abort: ({ key, id }, call) =>
        named(`abort the upload of ${quoted(key)}`, call, (signal) => calls.abortUpload({ key: prefix + key, uploadId: id }, signal)),
    },
    ...(spec.archiveClass !== undefined && { archive: (keys: readonly Key[], call: OperationContext) => archive(keys, call) }),
    close: async () => calls.close(),
    ownChecks: s3Checks({
      maxParts: spec.maxParts,
      equalParts: spec.equalParts === true,
      run: (doing, call, work) => named(doing, call, (signal) => work({ calls, pool, integrity, partsAtOnce, partLimit, signal })),
      // As a marker: a lock would keep it for days.
      upload: (key) => ({ key: prefix + key, properties: propertiesOf(spec, 'marker', clock), parts: decideParts(rules) }),
      put: (key, body, call) => storage.put(key, body, { ...call, kind: 'marker' }),
      keyOf: (key) => prefix + key,
    }),
  }
  return storage

  async function archive(keys: readonly Key[], call: OperationContext): Promise<void> {
    const properties: ObjectProperties = { ...propertiesOf(spec, 'object', clock), storageClass: spec.archiveClass ?? '' }
    const lane = openWorkGroup(CLASS_CHANGES_AT_ONCE, call.signal)
    try {
      for (const key of keys) {
        const doing = `change the class of ${quoted(key)} to "${spec.archiveClass}"`
        await lane.begin(async (signal) => {
          await named(doing, endless({ ...call, signal }), (limited) => changeClass(calls, { key: prefix + key, properties }, { signal: limited }))
          call.failpoint?.('class-changed')
        })
      }
    } finally {
      await lane.settled()
    }
  }
}

/** `run` runs one request. */
async function* objectsBelow(
  { calls, prefix, below }: { readonly calls: S3Calls; readonly prefix: string; readonly below: Key },
  run: <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>,
): AsyncGenerator<StoredObject> {
  let current: AbortSignal | undefined
  const pages = everyPage({
    readPage: async (token?: string) => {
      const request = { prefix: prefix + below, ...(token !== undefined && { token }) }
      const { objects, next } = await calls.list(request, current ?? AbortSignal.abort())
      return { items: objects, ...(next !== undefined && { next }) }
    },
    nameOfPlace: (token) => token,
    nameOfItem: ({ key }) => key,
  })
  for (;;) {
    const { value: objects, done } = await run((signal) => {
      current = signal
      return pages.next()
    })
    if (done === true) return
    // Keys outside of the root are ignored, even if the store returns them; absolute ones are rejected by the check of keys around the storage.
    for (const { key, ...object } of objects) yield { key: key.startsWith(prefix) ? key.slice(prefix.length) : `/${key}`, ...object }
  }
}

/** Only objects get the configured class and lock: Holdfast's own files are small and must always be readable, and markers are temporary. */
function propertiesOf(spec: S3StorageSpec, kind: StoredKind, clock: () => Date): ObjectProperties {
  const { storageClass, lock, encryption, tags } = spec
  return {
    ...(kind === 'object' && storageClass !== undefined && { storageClass }),
    ...(kind !== 'marker' &&
      lock && { lock: { mode: lock.mode === 'governance' ? 'GOVERNANCE' : 'COMPLIANCE', until: daysAfter(clock(), lock.days) } }),
    ...(encryption && { encryption }),
    ...(tags && { tagging: new URLSearchParams(tags).toString() }),
  }
}

function refuseClock(): never {
  throw new StorageError('broken', 'objects cannot be locked without a clock')
}

function daysAfter(moment: Date, days: number): Date {
  return new Date(moment.getTime() + days * 86_400_000)
}

/**
 * Runs `work`, within the limit of the call. Errors of its calls become `StorageError`s; errors of a body are passed on unchanged. The limit does not
 * affect what `work` has resolved with.
 */
async function naming<T>(
  spec: S3StorageSpec,
  { doing, call }: { readonly doing: string; readonly call: OperationContext },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, waitLimitMs } = call
  refuseAborted(signal, doing)
  const limit = new AbortController()
  const stopTimer = waitLimitMs === undefined ? () => undefined : startTimer(waitLimitMs, () => limit.abort())
  try {
    return await work(AbortSignal.any([signal, limit.signal]))
  } catch (thrown) {
    if (signal.aborted) throw describeFault(new S3Fault('Aborted', 'aborted', { cause: thrown }), doing, spec)
    if (limit.signal.aborted) throw describeFault(new S3Fault('Timeout', `it exceeded the time limit (${(waitLimitMs ?? 0) / 1000} s)`), doing, spec)
    throw thrown instanceof S3Fault ? describeFault(thrown, doing, spec) : thrown
  } finally {
    stopTimer()
  }
}
