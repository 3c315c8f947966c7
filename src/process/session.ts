import type { Redactor } from '../lib/redactor/redactor.ts'
import type { SignalName } from '../plan/command.ts'
import type { ResolveSecret } from '../plan/secret.ts'
import { hostId } from './identity/host-id.ts'
import { identityOf } from './identity/process-identity.ts'
import type { Pipe } from './pipes/pipe-ends.ts'
import { openPipes } from './pipes/pipes.ts'
import { startToolsIn } from './tool/run-tool.ts'
import { openCgroups } from './tree/cgroup.ts'
import { endDeadRuns } from './tree/dead-runs.ts'
import { cgroupGroups, type Groups, markGroups, type ProcessGroup } from './tree/process-groups.ts'
import type { ProcessTree } from './tree/process-tree.ts'
import { markOn, markSelfFirst, newMark } from './tree/run-mark.ts'
import { openRunRecord, type RunRecord } from './tree/run-record.ts'

/** The resources that the processes of one run share. */
export interface Session {
  /** Ends the remaining processes of dead runs and starts the record of this one; once, before the first process. Resolves with notes. */
  begin(): Promise<readonly string[]>
  takePipes(count: number): Promise<readonly Pipe[]>
  /** See `Groups.within`. */
  startGroup<T>(kind: 'pipeline' | 'command', start: (group: ProcessGroup) => Promise<T>): Promise<T>
  /** Pipelines that have not ended yet. */
  readonly running: Set<object>
  /** Processes left by successful pipelines, which are ended with the last one. */
  readonly leftBehind: { readonly tree: ProcessTree; readonly release: () => void }[]
  /** Remaining processes of pipelines that belong to no known tree; undefined if this is impossible or unknown. */
  strays(): ProcessTree | undefined
  /** A process could not be ended: the next run has to end it. */
  couldNotEnd(): void
  close(): Promise<void>
}

/** The session as one of its users has it: with the settings that hold for the programs that this one starts. */
export interface ProcessSession extends Session {
  readonly runId: string
  readonly resolveSecret: ResolveSecret
  /** Hides secrets in the output of these programs. */
  readonly redactor: Redactor
  /** May change while the session is open. */
  readonly blockedSignals: readonly SignalName[]
  readonly ignoredSignals: readonly SignalName[]
}

export interface SessionSettings {
  readonly runId: string
  /** The folder in which runs record the processes that they start; absent: none. */
  readonly recordFolder: string | undefined
}

export function openSession({ runId, recordFolder }: SessionSettings): Session {
  const pipes = openPipes(runId)
  const running = new Set<object>()
  const notes: string[] = []
  let hasLeft = false
  let opening: Promise<Opened> | undefined
  const open = () => (opening ??= openGroups({ runId, recordFolder, note: (text) => notes.push(text), isAlone: () => running.size <= 1 }))
  let groups: Groups | undefined
  return {
    async begin() {
      groups = (await open()).groups
      return notes.splice(0)
    },
    async takePipes(count) {
      await open()
      return await pipes.take(count)
    },
    async startGroup(kind, start) {
      groups = (await open()).groups
      return await groups.within(kind, start)
    },
    running,
    leftBehind: [],
    strays: () => groups?.strays && { leaders: [], cgroup: undefined, pipes: new Set(), mark: groups.strays },
    couldNotEnd: () => {
      hasLeft = true
    },
    async close() {
      pipes.close()
      if (opening === undefined) return
      const opened = await opening
      startToolsIn(undefined)
      opened.groups.close()
      await opened.record.close(hasLeft)
    },
  }
}

interface Opening extends SessionSettings {
  readonly note: (text: string) => void
  readonly isAlone: () => boolean
}

interface Opened {
  readonly groups: Groups
  readonly record: RunRecord
}

async function openGroups({ runId, recordFolder, note, isAlone }: Opening): Promise<Opened> {
  if (recordFolder !== undefined) await endDeadRuns(recordFolder, note)
  const head = { runId, host: hostId(), ...identityOf(process.pid) }
  const cgroups = openCgroups(runId)
  if (cgroups) {
    const record = await openRunRecord(recordFolder, head, note)
    const tools = cgroups.make('tools')
    await record.add({ group: -1, cgroup: tools.path })
    startToolsIn((start) => tools.enter(start))
    return { groups: cgroupGroups(cgroups, record), record }
  }
  const limit = markOn(process.pid) ?? 'unlimited'
  const mark = newMark()
  const marked = await markSelfFirst(mark)
  const record = await openRunRecord(recordFolder, { ...head, ...(marked && { reaper: marked.reaper }) }, note)
  const settings = { own: marked && mark, limit, reaper: marked?.reaper ?? 1, isAlone }
  return { groups: await markGroups(settings, record), record }
}
