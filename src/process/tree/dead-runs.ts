import { namesIn, statIn, unlinkIn } from '../../files/entries.ts'
import { type Folder, openFolder, withFolder } from '../../files/folder.ts'
import { isPrivate } from '../../files/make-folder.ts'
import { messageOf } from '../../lib/errors.ts'
import { parseJsonObject } from '../../lib/parse-json.ts'
import { bootId, isThisHost } from '../identity/host-id.ts'
import { livenessOf } from '../identity/process-identity.ts'
import { removeFifoFolders } from '../pipes/fifo-folders.ts'
import { removeRecorded } from './cgroup.ts'
import { endRemains, type Remains } from './end-remains.ts'
import { recordLines } from './record-lines.ts'
import { RECORD, type RecordHead, type RecordLine } from './run-record.ts'
import { removeSocketFolders } from './socket-folders.ts'

/**
 * Ends the remaining processes of killed runs, by the records in this folder: processes that were started and not released, and no others. Never
 * rejects; records that cannot be evaluated are kept: those of runs of another host or PID namespace, whose processes cannot be identified.
 */
export async function endDeadRuns(path: string, note: (text: string) => void, liveness = livenessOf): Promise<void> {
  try {
    await withFolder(openFolder(path), async (folder) => {
      if (!isPrivate(folder.facts)) return
      const all = await namesIn(folder)
      for (const name of all.filter((it) => it.startsWith('.'))) await removeOldDraft(folder, name).catch(() => undefined)
      const names = all.filter((name) => name.endsWith(RECORD) && !name.startsWith('.'))
      for (const name of names) {
        try {
          await endIfDead(folder, name, liveness)
        } catch (error) {
          // Otherwise that run has ended meanwhile, or another one has removed its record.
          if ((await statIn(folder, name)) !== undefined) note(`could not end the processes of a killed run: ${messageOf(error)}`)
        }
      }
    })
  } catch {
    // It does not exist; other problems with it are reported when the record of this run is started there.
  }
}

// A record has such a name only until its first line is written.
const DRAFT_MS = 60 * 60 * 1000

/** Removes the draft of a record that a killed run has left. */
async function removeOldDraft(folder: Folder, name: string): Promise<void> {
  const draft = await statIn(folder, name)
  if (draft?.isFile() === true && draft.mtimeMs < performance.timeOrigin - DRAFT_MS) await unlinkIn(folder, name)
}

async function endIfDead(folder: Folder, name: string, liveness: typeof livenessOf): Promise<void> {
  if ((await statIn(folder, name))?.uid !== process.geteuid?.()) return
  const head = await readHead(folder, name)
  if (head === undefined || name !== `${head.runId}${RECORD}` || !isThisHost(head.host)) return
  const isOfThisBoot = head.boot === bootId()
  if (isOfThisBoot) {
    // Before the rest is read: a run that is still running may release processes, and end.
    if (liveness(head) !== 'dead') return
    const record = await readRecord(folder, name)
    if (record === undefined) return
    await removeFifoFolders(head.runId)
    await removeSocketFolders()
    const { isClean } = await endRemains(remainsOf(record))
    if (!isClean) return
    for (const { cgroup } of record.groups.values()) if (cgroup !== undefined) removeRecorded(cgroup, head.runId)
  }
  await unlinkIn(folder, name)
}

interface KilledRun {
  readonly head: RecordHead
  /** Without those that were released. */
  readonly groups: ReadonlyMap<number, Extract<RecordLine, { readonly group: number }>>
  readonly started: ReadonlyMap<number, readonly Extract<RecordLine, { readonly started: number }>[]>
}

/** Undefined if the record has no owner. */
async function readHead(folder: Folder, name: string): Promise<RecordHead | undefined> {
  for await (const [first = ''] of recordLines(folder, name)) {
    const head = parseJsonObject(first)
    return isHead(head) ? head : undefined
  }
  return undefined
}

/** Undefined if the record has no owner. The last line of a killed run may be truncated, and is skipped. */
async function readRecord(folder: Folder, name: string): Promise<KilledRun | undefined> {
  let head: RecordHead | undefined
  const lines: Lines = { groups: new Map(), started: new Map(), released: new Set() }
  for await (const batch of recordLines(folder, name)) {
    const values = batch.map(parseJsonObject)
    const first = head === undefined ? values.shift() : head
    if (!isHead(first)) return undefined
    head = first
    for (const line of values) if (line !== undefined) take(line as RecordLine, lines)
  }
  return head && { head, ...lines }
}

interface Lines {
  readonly groups: Map<number, Extract<RecordLine, { readonly group: number }>>
  readonly started: Map<number, Extract<RecordLine, { readonly started: number }>[]>
  readonly released: Set<number>
}

/** What was released is forgotten: a record may be large, but few of its processes can be left. */
function take(line: RecordLine, { groups, started, released }: Lines): void {
  if ('released' in line) {
    released.add(line.released)
    groups.delete(line.released)
    started.delete(line.released)
  } else if ('group' in line) {
    if (!released.has(line.group)) groups.set(line.group, line)
  } else if ('started' in line && !released.has(line.started)) {
    const known = started.get(line.started) ?? []
    started.set(line.started, known)
    known.push(line)
  }
}

function remainsOf({ head, groups, started }: KilledRun): Remains {
  const kept = [...groups.values()]
  return {
    runId: head.runId,
    processes: new Map([...started.values()].flat().map(({ pid, start }) => [pid, start])),
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
