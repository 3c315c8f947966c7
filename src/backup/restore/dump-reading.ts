import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Command } from '../../plan/command.ts'
import { programWith } from '../filter/restore-commands.ts'
import { watchDangers } from '../inspect-dump/dump-dangers.ts'
import { redirectScript } from '../inspect-dump/dump-redirect.ts'
import { newRewriting, type Rewriting } from '../inspect-dump/dump-rewriting.ts'
import type { DatabaseServer } from '../into-database/database-server.ts'
import { BackupError } from '../set/errors.ts'
import type { RestoreJob } from './restore-jobs.ts'
import { checkedBytes, type ReadObjectDeps, startJob } from './restore-object.ts'
import type { Spool } from './spool.ts'

/** How a dump is read: both times from the same bytes, and with the same changes. */
export interface DumpReading {
  readonly job: RestoreJob
  readonly kind: DatabaseServer['kind']
  readonly spool: Spool
  /** Load it unchanged, apart from the statements that name the database. */
  readonly isTrusted: boolean
}

export interface InspectedDump extends Pick<Rewriting, 'owners' | 'definers'> {
  readonly dangers: readonly string[]
  /** Commands for the client. */
  readonly commands: readonly string[]
  /** Of the data to be loaded. */
  readonly sha256: string
}

/** Copies the stored object into the spool while its digest is computed, and inspects the dump, in the form in which it would be loaded. */
export async function inspectDump(reading: DumpReading, deps: ReadObjectDeps): Promise<InspectedDump> {
  const { job, spool } = reading
  const rewriting = newRewriting(reading.kind)
  const hash = createHash('sha256')
  const watch = watchDangers(
    reading.kind,
    rewritten(reading, rewriting, (text) => hash.update(text, 'latin1')),
  )
  const { output, done } = await startDump(reading, spool.keep(checkedBytes(job.record, deps)), deps)
  output.on('error', () => undefined).on('data', watch.see)
  await done
  return { ...watch.end(), owners: rewriting.owners, definers: rewriting.definers, sha256: hash.digest('hex') }
}

/** Feeds the dump to a client. Rejects before the client sees its end if it is not the inspected dump. */
export async function feedDump(
  reading: DumpReading,
  { client, sha256 }: { readonly client: Command } & Pick<InspectedDump, 'sha256'>,
  deps: ReadObjectDeps,
): Promise<void> {
  const source = await startDump(reading, counted(reading.spool.read(), deps), deps)
  source.done.catch(() => undefined)
  const { processes, call, limits, onStderr } = deps
  try {
    const input = Readable.from(changed(reading, source.output, sha256), { objectMode: false })
    input.on('error', () => undefined)
    const { done } = await processes.startPipeline(
      [{ workingFolder: '/', ...client }],
      { kind: 'discard' },
      { signal: call.signal, limits, input, ...(onStderr && { onStderr }) },
    )
    await done
  } finally {
    source.output.destroy()
    await source.done.catch(() => undefined)
  }
}

function startDump({ job, kind }: DumpReading, bytes: AsyncIterable<Uint8Array>, deps: ReadObjectDeps) {
  const commands = [...job.commands, programWith(['sed', '-E', redirectScript(kind)])]
  return startJob({ commands, sink: { kind: 'stream' }, bytes }, deps)
}

async function* counted(bytes: AsyncIterable<Uint8Array>, { onBytes }: ReadObjectDeps) {
  for await (const chunk of bytes) {
    onBytes(chunk.length)
    yield chunk
  }
}

function rewritten({ isTrusted }: DumpReading, { replace }: Rewriting, onText: (text: string) => unknown) {
  return { onText: (text: string) => void onText(text), ...(!isTrusted && { replace }) }
}

async function* changed(reading: DumpReading, dump: AsyncIterable<Buffer>, sha256: string) {
  const hash = createHash('sha256')
  let pieces: string[] = []
  const watch = watchDangers(
    reading.kind,
    rewritten(reading, newRewriting(reading.kind), (text) => pieces.push(text)),
  )
  const taken = () => {
    const bytes = Buffer.from(pieces.join(''), 'latin1')
    pieces = []
    hash.update(bytes)
    return bytes
  }
  for await (const chunk of dump) {
    watch.see(chunk)
    yield taken()
  }
  watch.end()
  const rest = taken()
  if (hash.digest('hex') !== sha256) throw new BackupError('damaged', 'the dump that was read differs from the one that was inspected')
  yield rest
}
