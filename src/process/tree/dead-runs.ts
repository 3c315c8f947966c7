import { isAbsent, namesIn, statIn, unlinkIn } from '../../files/entries.ts'
import { type Folder, openFolder, withFolder } from '../../files/folder.ts'
import { isPrivate } from '../../files/make-folder.ts'
import { readSmallIn } from '../../files/read-small.ts'
import { bootId, isThisHost } from '../identity/host-id.ts'
import { judgeProcess } from '../identity/process-identity.ts'
import { removeFifoFolders } from '../pipes/fifo-folders.ts'
import { removeRecorded } from './cgroup.ts'
import { endRemains, type Remains } from './end-remains.ts'
import { RECORD, type RecordHead, type RecordLine } from './run-record.ts'
import { removeSocketFolders } from './socket-folders.ts'

/**
 * Ends the remaining processes of killed runs, by the records in this folder: processes that were started and not released, and no others. Never
 * rejects; records that cannot be evaluated are kept: those of runs of another host or PID namespace, whose processes cannot be identified.
 */
export async function endDeadRuns(path: string): Promise<void> {
  try {
    await withFolder(openFolder(path), async (folder) => {
      if (!isPrivate(folder.facts)) return
      const names = (await namesIn(folder)).filter((name) => name.endsWith(RECORD) && !name.startsWith('.'))
      for (const name of names) await endIfDead(folder, name).catch(() => undefined)
    })
  } catch (error) {
    // Other problems with the folder are reported when the record of this run is started there.
    if (!isAbsent(error)) return
  }
}

async function endIfDead(folder: Folder, name: string): Promise<void> {
  if ((await statIn(folder, name))?.uid !== process.geteuid?.()) return
  const record = readRecord((await readSmallIn(folder, name)).toString('utf8'))
  if (record === undefined || name !== `${record.head.runId}${RECORD}` || !isThisHost(record.head.host)) return
  const isOfThisBoot = record.head.boot === bootId()
  if (isOfThisBoot) {
    if (judgeProcess(record.head) !== 'dead') return
    await removeFifoFolders(record.head.runId)
    await removeSocketFolders()
    const { isClean } = await endRemains(remainsOf(record))
    if (!isClean) return
    for (const { cgroup } of record.groups.values()) if (cgroup !== undefined) removeRecorded(cgroup, record.head.runId)
  }
  await unlinkIn(folder, name)
}

interface KilledRun {
  readonly head: RecordHead
  readonly groups: ReadonlyMap<number, Extract<RecordLine, { readonly group: number }>>
  readonly started: readonly Extract<RecordLine, { readonly started: number }>[]
  readonly released: ReadonlySet<number>
}

/** Undefined if the record has no owner. The last line of a killed run may be truncated, and is skipped. */
function readRecord(text: string): KilledRun | undefined {
  const [first, ...rest] = text.split('\n').map(parsed)
  if (!isHead(first)) return undefined
  const groups = new Map<number, Extract<RecordLine, { readonly group: number }>>()
  const started: Extract<RecordLine, { readonly started: number }>[] = []
  const released = new Set<number>()
  for (const line of rest as readonly (RecordLine | undefined)[]) {
    if (line === undefined) continue
    if ('group' in line) groups.set(line.group, line)
    else if ('started' in line) started.push(line)
    else if ('released' in line) released.add(line.released)
  }
  return { head: first, groups, started, released }
}

function remainsOf({ head, groups, started, released }: KilledRun): Remains {
  const kept = [...groups.values()].filter(({ group }) => !released.has(group))
  return {
    runId: head.runId,
    processes: new Map(started.filter((it) => !released.has(it.started)).map(({ pid, start }) => [pid, start])),
    cgroups: kept.flatMap(({ cgroup }) => cgroup ?? []),
    marks: new Set(kept.flatMap(({ mark }) => mark ?? [])),
    since: head.start ?? Infinity,
    // A subreaper that has ended has passed them on to the first process.
    reapers: new Set([1, head.reaper ?? 1]),
  }
}

function isHead(value: unknown): value is RecordHead {
  if (typeof value !== 'object' || value === null) return false
  const { runId, host, boot, pid } = value as Readonly<Record<string, unknown>>
  return [runId, host, boot].every((it) => typeof it === 'string') && Number.isSafeInteger(pid)
}

function parsed(line: string): unknown {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
