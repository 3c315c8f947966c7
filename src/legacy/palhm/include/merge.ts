import type { Report } from '../../../document/issue-report.ts'
import { quoted } from '../../../lib/quoted.ts'
import { TOP_KEYS } from '../keys.ts'
import { openFields } from '../values/fields.ts'
import { listOf, member, type Value } from '../values/value.ts'
import type { Document } from './documents.ts'

/** The merged contents of all files. */
export interface Merged {
  readonly execs: readonly Value[]
  readonly tasks: readonly Value[]
  readonly modules: readonly Value[]
  readonly verbosity: Value | undefined
  readonly workers: Value | undefined
  /** One value per file that contains it. */
  readonly bootReport: readonly Value[]
  /** The same. */
  readonly web: readonly Value[]
}

/**
 * Merges files in their order (each followed by its includes): lists are concatenated, and of single settings the last one is used. The same id of an
 * exec or a task in two files is an error; twice in one file it is not.
 */
export function mergeDocuments(documents: readonly Document[], report: Report): Merged {
  const parts = documents.map(({ top }) => openFields(top, TOP_KEYS, { report })).filter((it) => it !== undefined)
  const all = (key: keyof typeof TOP_KEYS) => parts.map((part) => part.get(key)).filter((it) => it !== undefined)
  const items = (key: 'execs' | 'tasks' | 'modules') => all(key).flatMap((list) => listOf(list, report) ?? [])
  const execs = items('execs')
  const tasks = items('tasks')
  refuseConflicts(execs, 'exec', report)
  refuseConflicts(tasks, 'task', report)
  return {
    execs,
    tasks,
    modules: items('modules'),
    verbosity: all('vl').at(-1),
    workers: all('nb-workers').at(-1),
    bootReport: all('boot-report').filter((it) => isSaid(it, report)),
    web: all('web'),
  }
}

function refuseConflicts(entries: readonly Value[], what: string, report: Report): void {
  const first = new Map<string, Value>()
  for (const entry of entries) {
    const id = member(entry, 'id')
    if (id?.node.kind !== 'string') continue
    const conflict = first.get(id.node.value)
    if (conflict && conflict.file !== entry.file)
      report.error(
        id,
        `duplicate ${what} ${quoted(id.node.value)} (first in ${quoted(conflict.file)}, line ${conflict.at?.line})`,
        'Rename or remove one of them.',
      )
    else first.set(id.node.value, id)
  }
}

function isSaid(value: Value, report: Report): boolean {
  if (value.node.kind !== 'null') return true
  report.warn(value, 'null: no boot report is configured')
  return false
}
