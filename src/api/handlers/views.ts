import type { z } from 'zod'
import type { TaskClaims, TaskView } from '../../app/web/overview/read-overview.ts'
import type { RunSummary } from '../../journal/run-record.ts'
import { isAhead } from '../../lib/durations.ts'
import type { Claims } from '../schema/hosts.ts'
import type { RunRow } from '../schema/runs.ts'
import type { Task } from '../schema/tasks.ts'

export const LOCAL = 'local'

/** The representation of a run of this host. */
export function runRow(run: RunSummary, now: Date): RunRow {
  const { id, task, state, began, ended, exitCode, signal, startedBy, user, notes, error } = run
  const end = ended ?? (state === 'running' ? now : undefined)
  return {
    ...{ id, host: LOCAL, task, state, startedBy, user: user ?? null, notes: [...notes] },
    began: began.toISOString(),
    isAhead: isAhead(began, now),
    ended: ended?.toISOString() ?? null,
    durationMs: end === undefined ? null : Math.max(0, end.getTime() - began.getTime()),
    exitCode: exitCode ?? null,
    signal: signal ?? null,
    error: error ?? null,
  }
}

export function taskOf(view: TaskView, now: Date): z.output<typeof Task> {
  const { task, isDefault, schedule, lastRun, running, claims, failuresSince, days, state, reason, since } = view
  return {
    ...{ host: LOCAL, name: task.name, description: task.description ?? null, isDefault, state, reason, failuresSince, days },
    since: since?.toISOString() ?? null,
    steps: view.steps.map((step) => ({ ...step })),
    schedule: schedule && {
      words: [...schedule.schedule],
      isEnabled: schedule.isEnabled ?? null,
      next: schedule.next.map((it) => it.toISOString()),
      timeZone: zone(),
      jitterMs: schedule.jitterMs,
      catchUp: schedule.catchUp,
    },
    storages: [...view.storages],
    lastRun: lastRun && runRow(lastRun, now),
    running: running && runRow(running, now),
    claims: claimsOf(claims),
  }
}

export function claimsOf({ published, verified, restored }: TaskClaims): Claims {
  const withTime = (it: TaskClaims['published']) => it && { ...it, at: it.at.toISOString() }
  return { published: withTime(published), verified: withTime(verified), restored: withTime(restored) }
}

/** The time zone of this host. */
export function zone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}

export type Rows<T> = { readonly asOf: string; readonly total: number; readonly rows: T[]; readonly next: string | null }

/** One page of rows that are all in memory; the cursor is an index into them. */
export function pageOf<T>(
  rows: readonly T[],
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
  asOf: Date,
): Rows<T> {
  const from = /^\d{1,9}$/u.test(cursor ?? '') ? Number(cursor) : 0
  const page = rows.slice(from, from + limit)
  return { asOf: asOf.toISOString(), total: rows.length, rows: page, next: from + page.length < rows.length ? String(from + page.length) : null }
}
