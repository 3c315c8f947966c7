import { Readable } from 'node:stream'
import { copySets } from '../../src/backup/copy/copy-sets.ts'
import { hostMarkers, type MarkerDeps } from '../../src/backup/object-store/marker-files.ts'
import type { BackupEvent } from '../../src/backup/set/events.ts'
import type { SetStore } from '../../src/backup/set/set-store.ts'
import type { KeepPolicy } from '../../src/plan/plan.ts'
import type { OperationContext } from '../../src/storage/storage.ts'
import { call } from './localfs.ts'
import { makeSet } from './sets.ts'

export const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second))
export const name = (second: number) => `20260101T00000${second}Z`
const OBJECTS = { 'db.sql': 'a dump', 'www/a.tar': Buffer.alloc(300_000, 7) }

/** Runs of a process that is dead by the time anybody looks. */
export const dead: MarkerDeps = { ownerOf: (run) => ({ ...hostMarkers.ownerOf(run), pid: 1, start: -1 }), isDead: hostMarkers.isDead }

export async function fill(sets: SetStore, seconds: readonly number[]): Promise<void> {
  for (const second of seconds) await makeSet(sets, call, { began: at(second), objects: { ...OBJECTS, of: `set ${second}` } })
}

export interface CopyOptions {
  readonly newest?: number
  readonly keep?: KeepPolicy
  readonly takesLegacy?: boolean
  readonly call?: OperationContext
  readonly now?: Date
}

let runs = 0

export async function copy(from: SetStore, to: SetStore, { newest = Infinity, keep = {}, takesLegacy = false, ...rest }: CopyOptions = {}) {
  runs += 1
  const events: BackupEvent[] = []
  const run = { runId: `copy-${process.pid}-${runs}`, task: 't' }
  const clock = () => rest.now ?? new Date(Date.UTC(2026, 5, 1))
  const deps = { run, clock, emit: (event: BackupEvent) => void events.push(event), call: rest.call ?? call }
  const request = { step: 's', from, to, newest, keep, takesLegacy }
  const outcome = await copySets(request, deps).then(
    (notes) => ({ notes, error: undefined }),
    (error: Error & { code?: string }) => ({ notes: [], error }),
  )
  return {
    ...outcome,
    told: events.flatMap((event) => (event.kind === 'note' ? [event.text] : [])),
    sent: events.filter(({ kind }) => kind === 'object-ended').length,
    published: events.filter(({ kind }) => kind === 'set-published').length,
  }
}

export const asBody = (text: string) => Readable.from([Buffer.from(text)], { objectMode: false })

/** Every file of a set with its bytes. */
export async function contentOf(sets: SetStore, set: string): Promise<ReadonlyMap<string, string>> {
  const files = (await sets.listFiles(set, call)).map(({ path }) => path).toSorted()
  const read = async (path: string) => Buffer.concat(await (await sets.openObject(set, path, call)).toArray()).toString('base64')
  return new Map(await Promise.all(files.map(async (path) => [path, await read(path)] as const)))
}
