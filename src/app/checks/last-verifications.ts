import type { CheckResult } from '../../check/check-result.ts'
import type { CheckRecord } from '../../journal/run-record.ts'
import { counted, printable } from '../../lib/format.ts'

/**
 * What the last verification of each place of the tasks found: problems, or that only checksums were compared, although the contents should have been
 * read. `records`: newest first. Decides only.
 */
export function lastVerifications(records: readonly CheckRecord[], tasks: readonly string[]): readonly CheckResult[] {
  const verified = records.filter(({ kind, task }) => kind === 'verify' && tasks.includes(task))
  const places = Map.groupBy(verified, ({ task, step, storage }) => JSON.stringify([task, step, storage]))
  return [...places.values()].flatMap((ofPlace) => {
    const [newest] = ofPlace
    if (newest !== undefined && !newest.good) return [failed(newest)]
    // A verification without the option to read the contents is no evidence of them.
    const deep = ofPlace.find(({ outcome }) => outcome !== undefined)
    return deep?.outcome === 'checksum-only' ? [notRead(deep)] : []
  })
}

function failed({ task, set, storage, problems }: CheckRecord): CheckResult {
  const found = `${counted(problems.length, 'problem')}${problems[0] === undefined ? '' : `: ${printable(problems[0])}`}`
  return {
    status: 'fail',
    reason: `the last verification of "${printable(task)}" on "${printable(storage)}" (set ${printable(set)}) found ${found}`,
    hint: `Make the set again, or copy it from another storage, then run "verify ${printable(task)}".`,
    facts: [],
  }
}

function notRead({ task, set, storage }: CheckRecord): CheckResult {
  return {
    status: 'warn',
    reason: `the set ${printable(set)} of "${printable(task)}" on "${printable(storage)}" was verified only by its checksums: not all objects could be decrypted`,
    hint: `Run "verify --deep --identity FILE ${printable(task)}" (or --passphrase-file) on a host that has the key.`,
    facts: [],
  }
}
