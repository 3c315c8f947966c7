import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { anyFolder } from '../files/tree/remove-proven.ts'
import { type AppError, messageOf } from '../lib/errors.ts'
import { formatBytes } from '../lib/format.ts'
import { CLEAR_UP_LIMIT_MS, settledWithin } from '../lib/settled-within.ts'
import { CONTRACT_CHECKS, ContractViolation, type Trial } from './conform/conformance.ts'
import { FOLDER_CHECKS } from './conform/conformance-folders.ts'
import { type OperationContext, type Storage, StorageError } from './storage.ts'

/** The result of one test. `unable`: not supported, and only relevant for the names of objects. */
export interface CheckResult {
  readonly title: string
  readonly status: 'ok' | 'unable' | 'failed'
  readonly durationMs: number
  /** The measurement, in words. */
  readonly found?: string
  readonly error?: AppError
}

export interface StorageCheckOptions {
  /** Size of the object for measuring the speed; 0: not measured. */
  readonly speedBytes: number
  readonly call: OperationContext
  /** Called before each test. */
  readonly onBegin?: (title: string) => void
}

interface Check {
  readonly title: string
  readonly isOptional?: boolean
  readonly check: (trial: Trial) => Promise<unknown>
}

/**
 * Tests the requirements of a storage with objects below a unique name in the root, and removes all of them at the end in any case. Yields each
 * result when it is known. If the first test fails, or the storage becomes unreachable, no more tests are run.
 */
export async function* checkStorage(inner: Storage, { speedBytes, call, onBegin }: StorageCheckOptions): AsyncGenerator<CheckResult> {
  const top = `holdfast-check-${randomUUID()}`
  const checks: readonly Check[] = [
    ...CONTRACT_CHECKS.filter((check) => !('mayLeavePrefix' in check)),
    ...(inner.ownChecks ?? []).map(({ check, ...rest }) => ({ ...rest, check: ({ prefix, call: own }: Trial) => check(prefix, own) })),
    ...(speedBytes > 0 ? [{ title: 'transfers a large object', check: (trial: Trial) => measure(trial, speedBytes) }] : []),
    ...(inner.folders ? FOLDER_CHECKS : []),
  ]
  let hasStored = false
  const storage: Storage = {
    ...inner,
    async put(key, body, putCall) {
      // Otherwise a lock would keep it for days, and a storage class might prevent reading it.
      const stored = await inner.put(key, body, { ...putCall, kind: 'marker' })
      hasStored = true
      return stored
    },
  }
  try {
    for (const [index, { title, check, isOptional }] of checks.entries()) {
      onBegin?.(title)
      const result = await outcomeOf(title, () => check({ storage, prefix: `${top}/${index}/`, call }))
      yield isOptional && isRefusal(result.error) ? { ...result, status: 'unable' } : result
      if (preventsOtherChecks(result.error) || call.signal.aborted || (index === 0 && result.status === 'failed')) break
    }
  } finally {
    // Also if the consumer stops in the middle.
    if (hasStored || storage.folders) {
      onBegin?.(CLEARING)
      yield await outcomeOf(CLEARING, () => clearUp(storage, top))
    }
  }
}

const CLEARING = 'removes all test objects'

async function outcomeOf(title: string, work: () => Promise<unknown>): Promise<CheckResult> {
  const beganMs = performance.now()
  const durationMs = () => Math.round(performance.now() - beganMs)
  try {
    const found = await work()
    return { title, status: 'ok', durationMs: durationMs(), ...(typeof found === 'string' && { found }) }
  } catch (error) {
    const known =
      error instanceof StorageError || error instanceof ContractViolation ? error : new ContractViolation(messageOf(error), { cause: error })
    return { title, status: 'failed', durationMs: durationMs(), error: known }
  }
}

/** The storage itself reports that it does not support this. */
function isRefusal(error: AppError | undefined): boolean {
  return error?.code === 'storage/broken'
}

function preventsOtherChecks(error: AppError | undefined): boolean {
  return error !== undefined && ['storage/unreachable', 'storage/mount-missing', 'storage/aborted'].includes(error.code)
}

async function measure({ storage, prefix, call }: Trial, bytes: number): Promise<string> {
  const key = `${prefix}large`
  const sent = createHash('sha256')
  const beganMs = performance.now()
  await storage.put(key, Readable.from(noise(bytes, sent), { objectMode: false }), { ...call, expectedBytes: bytes })
  const storedMs = performance.now()
  const received = createHash('sha256')
  for await (const chunk of await storage.get(key, call)) received.update(chunk as Buffer)
  const readMs = performance.now()
  if (received.digest('hex') !== sent.digest('hex'))
    throw new ContractViolation(`the data read differs from the ${formatBytes(bytes)} that were stored`)
  const rate = (durationMs: number) => `${formatBytes((bytes / Math.max(1, durationMs)) * 1000)}/s`
  return `${formatBytes(bytes)}: ${rate(storedMs - beganMs)} up, ${rate(readMs - storedMs)} down`
}

// Incompressible; created once, because creating it is slower than sending it.
async function* noise(bytes: number, hash: ReturnType<typeof createHash>) {
  const block = randomBytes(1024 * 1024)
  for (let left = bytes; left > 0; left -= block.length) {
    const chunk = block.subarray(0, Math.min(left, block.length))
    hash.update(chunk)
    yield chunk
  }
}

/** Without the caller's signal: the test objects must be removed, especially after an abort. */
async function clearUp(storage: Storage, top: string): Promise<void> {
  const call = { signal: AbortSignal.timeout(CLEAR_UP_LIMIT_MS) }
  const removing = storage.folders ? expireAll(storage, top, call) : removeAll(storage, top, call)
  const isDone = await settledWithin(CLEAR_UP_LIMIT_MS, removing)
  if (!isDone) throw new ContractViolation(`could not remove the objects below "${top}" in time`, { hint: 'Remove them manually.' })
  await removing
  for await (const { key } of storage.list(`${top}/`, call))
    throw new ContractViolation(`"${key}" still exists after its removal`, { hint: 'Remove it manually.' })
}

async function expireAll(storage: Storage, top: string, call: OperationContext): Promise<void> {
  const { folders } = storage
  if (!folders || !(await folders.isTaken(top, call))) return
  await folders.withRootLock(call, () => folders.expire(top, call, anyFolder))
}

async function removeAll(storage: Storage, top: string, call: OperationContext): Promise<void> {
  const keys: string[] = []
  for await (const { key } of storage.list(`${top}/`, call)) keys.push(key)
  for (const key of keys) await storage.remove(key, call)
}
