import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../../lib/errors.ts'
import { settledWithin } from '../../lib/settled-within.ts'
import type { ResolveSecret } from '../../plan/secret.ts'
import type { RcloneStorageSpec } from '../../plan/storages/rclone-storage.ts'
import { type Key, type OperationContext, StorageError } from '../storage.ts'
import { quoted } from '../system-errors.ts'
import { download } from './download.ts'
import type { RcAnswer } from './rc-client.ts'
import { type Refusal, rcloneError } from './rclone-error.ts'
import { type RcloneService, ROOT_REMOTE, startRclone } from './rclone-service.ts'
import { StalledError, watchStall } from './stall.ts'
import { isUnexplained, unexplainedFailure } from './unexplained-failure.ts'
import { upload } from './upload.ts'

/** The operation, in words for an error: `list "a/"`. */
export interface RemoteCallOptions {
  readonly doing: string
  /** Absent: must not be interrupted. */
  readonly signal?: AbortSignal
}

/** The features of a remote (rclone's manual, "Overview of cloud storage systems"). */
export interface Features {
  /** Objects are uploaded to another name and then moved: the remote can move them by itself, and shows incomplete uploads. */
  readonly movesUploads: boolean
  /** Empty folders remain. */
  readonly keepsFolders: boolean
  /** Accepts bodies of unknown size. Otherwise, rclone writes them to a local file first. */
  readonly takesStreams: boolean
}

/** A remote accessed with an rclone process, which is started by the first call and again if it ends. All errors are `StorageError`s. */
export interface Remote {
  readonly label: string
  features(): Promise<Features>
  call(method: string, parameters: object, options: RemoteCallOptions): Promise<RcAnswer['body']>
  /** Resolves with the number of bytes if the body was stored completely; otherwise nothing is stored. The error of the body is passed on unchanged. */
  upload(what: { readonly key: Key; readonly body: Readable; readonly doing: string }, call: OperationContext): Promise<number>
  download(key: Key, call: OperationContext): Promise<Readable>
  close(): Promise<void>
}

const SETTLE_LIMIT_MS = 10_000

export function openRemote(spec: RcloneStorageSpec, resolveSecret: ResolveSecret): Remote {
  const { label, stallMs } = spec
  const connection = reconnecting(() => startRclone(spec, resolveSecret))
  const stalledError = (doing: string) => () =>
    new StalledError('unreachable', `could not ${doing} on "${label}": no data transferred for ${stallMs / 1000} s`, {
      hint: 'Check whether the server is up, and reachable from this host.',
    })
  const lostError = async (
    cause: unknown,
    doing: string,
    { service, signal }: { readonly service: RcloneService; readonly signal?: AbortSignal | undefined },
  ) => {
    if (signal?.aborted) return new StorageError('aborted', `stopped before completion: ${doing} on "${label}"`, { cause: signal.reason })
    if (cause instanceof StorageError) return cause
    if (!(await settledWithin(200, service.ended)))
      return new StorageError('unreachable', `could not ${doing} on "${label}": ${messageOf(cause)}`, { cause })
    return new StorageError('unreachable', `could not ${doing} on "${label}": rclone terminated`, { cause: await service.failure() })
  }

  async function call(method: string, parameters: object, { doing, signal }: RemoteCallOptions): Promise<RcAnswer['body']> {
    const service = await connection.get()
    const watch = watchStall(stallMs, async () => undefined, stalledError(doing))
    const stop = new AbortController()
    const answer = service.client
      .post(method, { fs: ROOT_REMOTE, ...parameters }, signal ? AbortSignal.any([signal, stop.signal]) : stop.signal)
      .catch(async (cause: unknown) => {
        throw await lostError(cause, doing, { service, signal })
      })
    try {
      const { status, body } = await Promise.race([answer, watch.stalled])
      if (status === 200) return body
      const refusal = { status, text: String(body['error']) }
      throw method === 'operations/movefile' ? await refusedWrite(refusal, doing) : rcloneError(refusal, doing, label)
    } finally {
      watch.stop()
      answer.catch(() => undefined)
      stop.abort()
    }
  }

  async function refusedWrite(refusal: Refusal, doing: string): Promise<StorageError> {
    if (!isUnexplained(refusal)) return rcloneError(refusal, doing, label)
    const about = await call('operations/about', {}, { doing: 'ask for the free space' }).catch((): RcAnswer['body'] => ({}))
    const { free } = about
    return unexplainedFailure(doing, label, typeof free === 'number' ? free : undefined)
  }

  const features = once(async (): Promise<Features> => {
    const { Features: features } = await call('operations/fsinfo', {}, { doing: 'check the root' })
    const has = (features ?? {}) as Readonly<Record<string, unknown>>
    return {
      // Versions before 1.63 do not report whether incomplete uploads are visible.
      movesUploads: has['Move'] === true && has['PartialUploads'] !== false,
      keepsFolders: has['CanHaveEmptyDirectories'] === true,
      takesStreams: has['PutStream'] === true,
    }
  })

  return {
    label,
    features,
    call,
    async upload({ key, body, doing }, { signal }) {
      const service = await connection.get()
      const lost = (cause: unknown) => lostError(cause, doing, { service, signal })
      try {
        const answer = await upload({ client: service.client, key, body, doing, signal, stallMs, stalledError: stalledError(doing), lost })
        if (answer.status === 200) return answer.bytes
        throw await refusedWrite({ status: answer.status, text: String(answer.body['error']) }, doing)
      } catch (error) {
        if (!(error instanceof StalledError)) await untilGivenUp(service, key, SETTLE_LIMIT_MS)
        throw error
      }
    },
    async download(key, { signal }) {
      const service = await connection.get()
      const doing = `read ${quoted(key)}`
      const lost = (cause: unknown) => lostError(cause, doing, { service, signal })
      const got = await download({ client: service.client, key, signal, stallMs, stalledError: stalledError(doing), lost })
      if (got instanceof Readable) return got
      throw rcloneError({ status: got.status, text: String(got.body['error']) }, doing, label)
    },
    close: () => connection.close(),
  }
}

/** rclone removes the incomplete object of an interrupted upload by itself, which takes a moment. */
async function untilGivenUp({ client, isRunning }: RcloneService, key: Key, limitMs: number): Promise<void> {
  const limit = AbortSignal.timeout(limitMs)
  for (let pauseMs = 2; isRunning() && !limit.aborted; pauseMs = Math.min(pauseMs * 2, 200)) {
    const { body } = await client.post('core/stats', {}, limit).catch(() => ({ body: {} as RcAnswer['body'] }))
    const transfers = (body['transferring'] ?? []) as readonly { readonly name?: unknown }[]
    if (!transfers.some(({ name }) => name === key)) return
    await sleep(pauseMs)
  }
}

/** One service at a time: started on first use, and again when it has ended. */
function reconnecting(start: () => Promise<RcloneService>) {
  let current: Promise<RcloneService> | undefined
  return {
    async get(): Promise<RcloneService> {
      const asked = current
      const known = await asked?.catch(() => undefined)
      if (known?.isRunning()) return known
      // Another waiting call may have started it in the meantime.
      if (current === asked) current = undefined
      current ??= start()
      return current
    },
    async close(): Promise<void> {
      const service = await current?.catch(() => undefined)
      await service?.stop()
    },
  }
}

/** The same operation for all callers, executed on first use. The result is cached, failures are not. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined
  return () => {
    answer ??= work().catch((error: unknown) => {
      answer = undefined
      throw error
    })
    return answer
  }
}
