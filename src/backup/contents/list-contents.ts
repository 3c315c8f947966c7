import { AppError, messageOf } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import type { RestoreKeys } from '../filter/restore-commands.ts'
import { decideRestore, type RestoreJob, type RestoreProblem, type StoredRecord } from '../restore/restore-jobs.ts'
import { checkedBytes, problemOf, type ReadObjectDeps, startJob } from '../restore/restore-object.ts'
import type { SetStore } from '../set/set-store.ts'
import { beginIndexOf, dropIndex, findIndex, type IndexPlaces } from './index/index-places.ts'
import { IndexError, parseEntry } from './index/read-index.ts'
import type { EntryConsumer, Listed, Listing } from './listing.ts'
import { type ObjectScanner, openScanner } from './scan/open-scanner.ts'

/** The object whose contents are listed, and where its index may be. */
export interface IndexedObjectPlace {
  readonly places: IndexPlaces
  readonly set: string
  readonly record: StoredRecord
}

/** The same as it is on one storage. */
export interface ListedObject extends IndexedObjectPlace {
  readonly places: IndexPlaces & { readonly sets: SetStore }
}

/** Lists the contents of an object from its index; undefined if it has none that can be used. Rejects only on an abort. */
export async function listByIndex(
  { places, set, record }: IndexedObjectPlace,
  consumer: EntryConsumer,
  call: ReadObjectDeps['call'],
): Promise<Listed | undefined> {
  const index = await findIndex(places, { set, record }, call)
  if (index === undefined) return undefined
  const { format, entries, incomplete } = index.header
  const listed = { kind: 'listed', source: 'index', format, entries } as const
  try {
    for await (const lines of index.lines()) {
      call.signal.throwIfAborted()
      for (const line of lines) if (consumer.mayMatch?.(line) !== false) consumer.take(parseEntry(line))
    }
    return { ...listed, ...(incomplete !== undefined && { incomplete: sentence(record, incomplete) }) }
  } catch (error) {
    if (!(error instanceof IndexError)) throw error
    await dropIndex(places, { set, object: record.path })
    return { ...listed, isDamaged: true, incomplete: `the index of "${printable(record.path)}" is damaged; "holdfast index" makes it again` }
  } finally {
    index.close()
  }
}

/** How an object is read. */
export interface ReadingDeps extends Omit<ReadObjectDeps, 'sets' | 'set'> {
  readonly keys: RestoreKeys
  readonly clock: () => Date
}

/**
 * Lists the contents of an object by reading it to its end, and stores the index of them. Nothing of the object is written or executed. Rejects
 * on an abort.
 */
export async function listByReading(object: ListedObject, consumer: EntryConsumer, deps: ReadingDeps): Promise<Listing> {
  const { record } = object
  const { jobs, problems } = decideRestore([record], { objects: [], archivesOnly: false, raw: false, keys: deps.keys })
  const [job] = jobs
  const [problem] = problems
  if (problem !== undefined) return { kind: 'unlisted', why: 'key', message: problem.message, lacks: problem.lacks ?? problem.message }
  if (job === undefined || job.kind === 'stored')
    return { kind: 'unlisted', why: 'unknown-filter', message: `"${record.path}" has an unknown filter` }
  return await readAndIndex(object, job, { consumer, deps })
}

interface Reading {
  readonly consumer: EntryConsumer
  readonly deps: ReadingDeps
}

async function readAndIndex({ places, set, record }: ListedObject, job: RestoreJob, { consumer, deps }: Reading): Promise<Listing> {
  const { call, clock } = deps
  const index = await beginIndexOf(places, { set, record }, call)
  let entries = 0
  const scanner = openScanner(record, (entry) => {
    entries += 1
    index?.add(entry)
    consumer.take(entry)
  })
  const read = { ...deps, sets: places.sets, set }
  try {
    await scan(job, { scanner, drained: () => index?.drained() }, read)
  } catch (error) {
    await index?.discard()
    if (call.signal.aborted || !(error instanceof AppError)) throw error
    scanner.end()
    const { lacks, message } = await whyUnreadable(job, error, read)
    if (lacks !== undefined) return { kind: 'unlisted', why: 'key', message, lacks }
    if (entries === 0) return { kind: 'unlisted', why: 'unreadable', message }
    return { kind: 'listed', source: 'object', format: scanner.format, entries, incomplete: message }
  }
  const incomplete = scanner.end()
  const { format } = scanner
  const notStored = await index?.store({ made: clock(), format, entries, incomplete })
  return {
    ...{ kind: 'listed', source: 'object', format, entries },
    ...(incomplete !== undefined && { incomplete: sentence(record, incomplete) }),
    ...(notStored !== undefined && { notStored }),
  }
}

async function scan(
  job: RestoreJob,
  { scanner, drained }: { readonly scanner: ObjectScanner; readonly drained: () => Promise<void> | undefined },
  read: ReadObjectDeps,
): Promise<void> {
  const { output, done } = await startJob({ commands: job.commands, sink: { kind: 'stream' }, bytes: checkedBytes(job.record, read) }, read)
  let failure: unknown
  try {
    for await (const chunk of output ?? []) {
      scanner.see(chunk as Buffer)
      await drained()
    }
  } catch (error) {
    failure = error
  }
  // The first cause is that of the programs.
  await done
  if (failure !== undefined) throw failure
}

async function whyUnreadable(job: RestoreJob, error: AppError, read: ReadObjectDeps): Promise<Pick<RestoreProblem, 'message' | 'lacks'>> {
  const problem = await problemOf(job, error, read)
  return problem.kind === 'failed' ? { message: `could not read "${job.record.path}": ${messageOf(error)}` } : problem
}

function sentence({ path }: StoredRecord, fault: string): string {
  return `"${printable(path)}" ${fault}`
}
