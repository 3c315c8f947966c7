import { identityOf } from '../identity/identity.ts'
import { readProcessTable } from '../identity/process-table.ts'
import { isTool } from '../tool/run-tool.ts'
import type { Cgroup, Cgroups } from './cgroup.ts'
import { markOn, markSelf, newMark, unmark } from './run-mark.ts'
import type { RecordLine, RunRecord } from './run-record.ts'

/** Tells what one pipeline or command has started from everything else: by a cgroup of its own, or by a mark. */
export interface ProcessGroup {
  readonly cgroup: Cgroup | undefined
  /** Undefined where there is a cgroup, and where no mark can be set. */
  readonly mark: TreeMark | undefined
  /** Writes down a process right after its start; returns what a work folder keeps of it. */
  started(child: { readonly pid: number; readonly start: number }, program: string): ProcessRecord
  /** Its command has ended well, and what is left of it is foreign from now on. Resolves when that is written down. */
  succeeded(): Promise<void>
  /** Takes the marks of what is left, and moves it to our own cgroup. `others` are of it too, though not its members. */
  letGo(others: readonly number[]): Promise<void>
}

/** How processes with a mark are attributed to a tree. */
export interface TreeMark {
  readonly mark: string
  /** Nothing older belongs to it. */
  readonly since: number
  /** Whose children its orphans become. */
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
  /** Base name of its program, for people. */
  readonly program: string
  readonly cgroup?: string
  readonly mark?: string
}

export interface Groups {
  readonly usesCgroups: boolean
  /**
   * Makes a group, writes it down, and calls `start` while what we start is born in it. Commands have a mark of their own, since what they leave is let go;
   * pipelines have one in common. Rejects with what `start` rejects with.
   */
  within<T>(kind: 'pipeline' | 'command', start: (group: ProcessGroup) => Promise<T>): Promise<T>
  /** Where there are no cgroups: how what pipelines have left is found when the last one has ended. */
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
  /** The mark that we bear already; undefined when none can be set. */
  readonly own: string | undefined
  /** The limit that we had before. */
  readonly limit: string
  readonly reaper: number
  readonly isAlone: () => boolean
}

/** Group 0 is that of all pipelines, and of the tools that we start meanwhile. */
export async function markGroups({ own, limit, reaper, isAlone }: MarkSettings, record: RunRecord): Promise<Groups> {
  const common = { since: identityOf(process.pid).start ?? 0, reapers: new Set([1, reaper]) }
  const strays = own === undefined ? undefined : { ...common, mark: own, isAlone }
  const line = (group: number, mark?: string): RecordLine => ({ group, ...(mark !== undefined && { mark }) })
  await record.add(line(0, own))
  let count = 1
  let borne = own
  let turn: Promise<unknown> = Promise.resolve()
  const bear = async (mark: string | undefined) => {
    if (mark !== undefined && mark !== borne && (await markSelf(mark))) borne = mark
  }
  const within = async <T>(kind: 'pipeline' | 'command', start: (group: ProcessGroup) => Promise<T>): Promise<T> => {
    if (kind === 'pipeline') {
      await bear(own)
      return await start(groupOf({ number: 0, record, cgroup: undefined, mark: strays }))
    }
    const number = count++
    const mark = own === undefined ? undefined : { ...common, mark: newMark(), isAlone: () => true }
    await record.add(line(number, mark?.mark))
    await bear(mark?.mark)
    const group = groupOf({ number, record, cgroup: undefined, mark })
    return await start({ ...group, letGo: (others) => letGo({ mark, others, limit }) })
  }
  return {
    usesCgroups: false,
    strays,
    within(kind, start) {
      // One after another: the mark is ours while the processes are started.
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
      const { boot, pidNamespace } = identityOf(pid)
      return { boot, pidNamespace, pid, start, program, ...(cgroup && { cgroup: cgroup.path }), ...(mark && { mark: mark.mark }) }
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

// A process may fork between the look and the change; its child bears the mark then, and is seen by the next look.
async function letGo({ mark, others, limit }: LetGo): Promise<void> {
  if (mark === undefined) return
  const bearers = () =>
    readProcessTable()
      .filter(({ pid, start }) => pid !== process.pid && start >= mark.since && !isTool(pid) && markOn(pid) === mark.mark)
      .map(({ pid }) => pid)
  for (let look = 0, left = [...new Set([...bearers(), ...others])]; left.length > 0 && look < LOOKS; look++, left = bearers())
    await unmark(left, limit)
}
