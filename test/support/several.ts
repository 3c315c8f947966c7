import { makeSet, type SetOutcome } from '../../src/backup/make/make-set.ts'
import type { OpenTarget } from '../../src/backup/make/set-destinations.ts'
import { objectStoreSets } from '../../src/backup/object-store/object-store-sets.ts'
import type { BackupEvent } from '../../src/backup/set/events.ts'
import type { DraftFile, FileDraft, SetDraft, SetStore } from '../../src/backup/set/set-store.ts'
import { filesystemSets } from '../../src/backup/store/filesystem-sets.ts'
import { verifySet } from '../../src/backup/verify/verify-set.ts'
import type { Failpoint } from '../../src/lib/failpoint.ts'
import type { Command } from '../../src/plan/command.ts'
import type { BackupStep, KeepPolicy } from '../../src/plan/plan.ts'
import { openProcesses } from '../../src/process/open-processes.ts'
import { DEFAULT_LIMITS } from '../../src/process/processes.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { call, openLocalfs } from './localfs.ts'

export const localSets = (root: string): SetStore => filesystemSets(openLocalfs(root), { completeWhen: 'manifest' })
export const markedSets = (storage: Storage): SetStore => objectStoreSets(storage, { completeWhen: 'manifest' })

export interface Making {
  readonly targets: readonly (SetStore | OpenTarget)[]
  readonly require?: 'all' | 'any'
  /** By path. */
  readonly objects: Readonly<Record<string, readonly Command[]>>
  readonly began?: Date
  readonly keep?: KeepPolicy
  readonly signal?: AbortSignal
  readonly stallMs?: number
  readonly failpoint?: Failpoint
}

export interface Made {
  readonly outcome?: SetOutcome
  readonly error?: Error & { readonly code?: string; readonly cause?: unknown }
  readonly events: readonly BackupEvent[]
}

export const BEGAN = new Date('2026-01-01T00:00:01Z')

let runs = 0

/** One backup step on these storages, as a run does it. */
export async function makeOn({
  targets,
  require = 'all',
  objects,
  began = BEGAN,
  keep = {},
  signal = call.signal,
  stallMs = 0,
  failpoint,
}: Making): Promise<Made> {
  runs += 1
  const runId = `several-${process.pid}-${runs}`
  const processes = openProcesses({ runId })
  const events: BackupEvent[] = []
  const open = targets.map((target) => ('sets' in target ? target : { sets: target, keep }))
  const specs = Object.entries(objects).map(([path, stages]) => ({ path, stages, group: 'default', after: [] }))
  const step: BackupStep = { kind: 'backup', name: 'step', targets: [], require, objects: specs }
  try {
    const outcome = await makeSet(step, {
      targets: open,
      processes,
      run: { runId, task: 'task', host: 'host' },
      workers: 2,
      limits: { ...DEFAULT_LIMITS, stallMs, graceMs: 200, lingerMs: 200 },
      progressMs: 5,
      clock: () => began,
      emit: (event) => events.push(event),
      call: { signal, ...(failpoint && { failpoint }) },
    })
    return { outcome, events }
  } catch (error) {
    return { error: error as Error, events }
  } finally {
    await processes.close()
  }
}

/** The names of the complete sets, each read back; throws when one is not what its manifest says. */
export async function wholeSets(sets: SetStore): Promise<readonly string[]> {
  const complete = (await sets.list(call)).filter(({ state }) => state === 'complete')
  for (const { name } of complete) {
    const { problems } = await verifySet(sets, name, call)
    if (problems.length > 0) throw new Error(`${sets.label}: ${name}: ${problems.map(({ message }) => message).join('; ')}`)
  }
  return complete.map(({ name }) => name)
}

export interface DraftFaults {
  /** Fails for the file of this object. */
  readonly open?: string
  readonly flush?: string
  readonly commit?: boolean
}

/** The same sets, on a device that fails at some call. */
export function failingSets(sets: SetStore, { open, flush, commit }: DraftFaults): SetStore {
  const fault = (what: string) => Object.assign(new Error(`EIO: ${what}`), { code: 'EIO' })
  const failingFile = (file: DraftFile, path: string): DraftFile => ({
    ...file,
    async flushAndClose() {
      if (path !== flush) return file.flushAndClose()
      await file.close()
      throw fault(`flush ${path}`)
    },
  })
  const failingFiles = (draft: FileDraft): FileDraft => ({
    ...draft,
    async openFile(path, options) {
      if (path === open) throw fault(`open ${path}`)
      return failingFile(await draft.openFile(path, options), path)
    },
  })
  const failing = (draft: SetDraft): SetDraft => ({
    ...(draft.kind === 'files' ? failingFiles(draft) : draft),
    async commit(wanted, facts, commitCall) {
      if (commit) throw fault('commit')
      return draft.commit(wanted, facts, commitCall)
    },
  })
  return { ...sets, begin: async (run, beginCall) => failing(await sets.begin(run, beginCall)) }
}
