import type { Shown } from '../../app/web/overview/read-overview.ts'
import type { HostStatus } from '../../app/web/read-status.ts'
import { formatBytes, formatDuration, printable } from '../../lib/format.ts'
import { renderTable } from '../terminal/table.ts'

/** Tasks and storages as two tables. */
export function renderStatus({ at, tasks, storages }: HostStatus): string {
  const age = (shown: Shown | null) => (shown === null ? 'never' : `${formatDuration(at.getTime() - shown.at.getTime())} ago`)
  const taskRows = tasks.map(({ task, state, running, claims, schedule, reason }) => {
    const next = schedule?.isEnabled === false ? undefined : schedule?.next[0]
    const due = next === undefined ? '-' : `in ${formatDuration(next.getTime() - at.getTime())}`
    const shown = [running === null ? state : `${state}, running`, age(claims.published), age(claims.verified), due]
    return [printable(task.name), ...shown, printable(reason ?? '')]
  })
  const storageRows = storages.map(({ name, state, sets, setBytes, freeBytes, reason }) => [
    printable(name),
    state,
    sets === null ? '?' : String(sets),
    setBytes === null ? '?' : formatBytes(setBytes),
    freeBytes === null ? '?' : formatBytes(freeBytes),
    printable(reason ?? ''),
  ])
  return [
    renderTable([['task', 'state', 'last good', 'verified', 'next run', ''], ...taskRows], { right: [] }),
    ...(storageRows.length === 0
      ? []
      : ['\n', renderTable([['storage', 'state', 'sets', 'size', 'free', ''], ...storageRows], { right: [2, 3, 4] })]),
  ].join('')
}

/**
 * One JSON document for a monitoring system, which discovers tasks and storages in its lists. Times are seconds since 1970, yes and no are 1 and 0, and
 * unknown facts are absent.
 */
export function statusJson({ at, tasks, storages }: HostStatus): string {
  const seconds = (moment: Date | undefined) => moment && Math.floor(moment.getTime() / 1000)
  const document = {
    at: seconds(at),
    tasks: tasks.map(({ task, state, reason, claims, failuresSince, running, lastRun, bytes, schedule }) => ({
      ...{ task: task.name, state, reason: reason ?? '' },
      last_good: seconds(claims.published?.at),
      verified: seconds(claims.verified?.at),
      restored: seconds(claims.restored?.at),
      failures: failuresSince,
      running: Number(running !== null),
      last_run_seconds: lastRun?.ended && (lastRun.ended.getTime() - lastRun.began.getTime()) / 1000,
      set_bytes: bytes ?? undefined,
      next_run: schedule?.isEnabled === false ? undefined : seconds(schedule?.next[0]),
    })),
    storages: storages.map(({ name, kind, state, reason, freeBytes, totalBytes, sets, setBytes, forecast }) => ({
      ...{ storage: name, kind, state, reason: reason ?? '' },
      free_bytes: freeBytes ?? undefined,
      size_bytes: totalBytes ?? undefined,
      sets: sets ?? undefined,
      set_bytes: setBytes ?? undefined,
      growth_bytes_per_day: forecast?.bytesPerDay,
      full_in_days: forecast?.fullInDays ?? undefined,
    })),
  }
  return `${JSON.stringify(document)}\n`
}
