import { bootId } from '../identity/host-id.ts'
import { pidNamespace } from '../identity/proc-folder.ts'
import { identityOf } from '../identity/process-identity.ts'
import { readProcessTable } from '../identity/process-table.ts'
import { isTool } from '../tool/run-tool.ts'
import type { Cgroup, Cgroups } from './cgroup.ts'
import { markOn, markSelf, newMark, unmark } from './run-mark.ts'
import type { RecordLine, RunRecord } from './run-record.ts'

/** Distinguishes the processes of one pipeline or command from all others: by a cgroup, or by a mark. */
export interface ProcessGroup {
  readonly cgroup: Cgroup | undefined
  /** Undefined with a cgroup, and if no mark can be set. */
  readonly mark: TreeMark | undefined
  /** Records a process right after its start; returns the record for the work folder. */
  started(child: { readonly pid: number; readonly start: number }, program: string): ProcessRecord
  /** Its command has succeeded, and remaining processes are released. Resolves when this is recorded. */
  succeeded(): Promise<void>
  /**
   * Resets the marks of remaining processes, and moves them to the cgroup of this process. `others` also belong to the group, although they are not
   * its members.
   */
  letGo(others: readonly number[]): Promise<void>
}

/** How processes with a mark are attributed to a process tree. */
export interface TreeMark {
  readonly mark: string
  /** Older processes do not belong to it. */
  readonly since: number
  /** The process that becomes the parent of its orphans. */
  readonly reapers: ReadonlySet<number>
  /** Whether no other group uses this mark. */
  isAlone(): boolean
}

/** One line of the process record of a work folder. */
export interface ProcessRecord {
  readonly boot: string
  readonly pidNamespace: string
  readonly pid: number
  readonly start: number
  /** Base name of its program, for users. */
  readonly program: string
  readonly cgroup?: string
  readonly mark?: string
}

export interface Groups {
  readonly usesCgroups: boolean
  /**
   * Creates a group, records it, and calls `start` while child processes are created in it. Commands have separate marks, because their remaining
   * processes are released; pipelines share one. Rejects with the error of `start`.
   */
  within<T>(kind: 'pipeline' | 'command', start: (group: ProcessGroup) => Promise<T>): Promise<T>
  /** Without cgroups: how remaining processes of pipelines are found when the last one has ended. */
  readonly strays: TreeMark | undefined
  close(): void
}

export function cgroupGroups(cgroups: Cgroups, record: RunRecord): Groups {
  let count = 0
  return {
    usesCgroups: true,
    strays: undefined,
    async within(_, start) {
      const number = count++
      const cgroup = cgroups.make(String(number))
      await record.add({ group: number, cgroup: cgroup.path })
      const group = groupOf({ number, record, cgroup, mark: undefined })
      return await start({ ...group, letGo: async () => cgroup.release() })
    },
    close: () => cgroups.close(),
  }
}

export interface MarkSettings {
  /** The current mark of this process; undefined if none can be set. */
  readonly own: string | undefined
  /** The previous limit. */
  readonly limit: string
  readonly reaper: number
  readonly isAlone: () => boolean
}

/** Group 0 is shared by all pipelines, and by the tools started in the meantime. */
export async function markGroups({ own, limit, reaper, isAlone }: MarkSettings, record: RunRecord): Promise<Groups> {
  const common = { since: identityOf(process.pid).start ?? 0, reapers: new Set([1, reaper]) }
  const strays = own === undefined ? undefined : { ...common, mark: own, isAlone }
  const line = (group: number, mark?: string): RecordLine => ({ group, ...(mark !== undefined && { mark }) })
  await record.add(line(0, own))
  let count = 1
  let ownMark = own
  let turn: Promise<unknown> = Promise.resolve()
  const takeMark = async (mark: string | undefined) => {
    if (mark !== undefined && mark !== ownMark && (await markSelf(mark))) ownMark = mark
  }
  const within = async <T>(kind: 'pipeline' | 'command', start: (group: ProcessGroup) => Promise<T>): Promise<T> => {
    if (kind === 'pipeline') {
      await takeMark(own)
      return await start(groupOf({ number: 0, record, cgroup: undefined, mark: strays }))
    }
    const number = count++
    const mark = own === undefined ? undefined : { ...common, mark: newMark(), isAlone: () => true }
    await record.add(line(number, mark?.mark))
    await takeMark(mark?.mark)
    const group = groupOf({ number, record, cgroup: undefined, mark })
    return await start({ ...group, letGo: (others) => letGo({ mark, others, limit }) })
  }
  return {
    usesCgroups: false,
    strays,
    within(kind, start) {
      // One at a time: this process has the mark while it starts the processes.
      const mine = turn.then(() => within(kind, start))
      turn = mine.catch(() => undefined)
      return mine
    },
    close: () => undefined,
  }
}

interface GroupParts {
  readonly number: number
  readonly record: RunRecord
  readonly cgroup: Cgroup | undefined
  readonly mark: TreeMark | undefined
}

function groupOf({ number, record, cgroup, mark }: GroupParts): ProcessGroup {
  return {
    cgroup,
    mark,
    started({ pid, start }, program) {
      void record.add({ started: number, pid, start, program })
      return {
        boot: bootId(),
        pidNamespace: pidNamespace(),
        pid,
        start,
        program,
        ...(cgroup && { cgroup: cgroup.path }),
        ...(mark && { mark: mark.mark }),
      }
    },
    succeeded: () => record.add({ released: number }),
    letGo: async () => undefined,
  }
}

interface LetGo {
  readonly mark: TreeMark | undefined
  readonly others: readonly number[]
  readonly limit: string
}

const LOOKS = 20

// A process may fork between reading the list and the change; its child has the mark then, and is found the next time.
async function letGo({ mark, others, limit }: LetGo): Promise<void> {
  if (mark === undefined) return
  const marked = () =>
    readProcessTable()
      .filter(({ pid, start }) => pid !== process.pid && start >= mark.since && !isTool(pid) && markOn(pid) === mark.mark)
      .map(({ pid }) => pid)
  for (let look = 0, left = [...new Set([...marked(), ...others])]; left.length > 0 && look < LOOKS; look++, left = marked())
    await unmark(left, limit)
}
