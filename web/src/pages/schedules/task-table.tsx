import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ScheduleRow } from '../../../../src/api/schema/schedules.ts'
import { call } from '../../api/client.ts'
import { Time, useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { ActionFailure } from '../../ui/failure.tsx'
import { Icon } from '../../ui/icons.tsx'

export type ScheduleDialog = { readonly kind: 'change' | 'remove'; readonly row: ScheduleRow } | { readonly kind: 'add' }

interface TableProps {
  readonly rows: readonly ScheduleRow[]
  readonly mayChange: boolean
  readonly onOpen: (dialog: ScheduleDialog) => void
}

/** The tasks with their schedules. */
export function TaskTable({ rows, mayChange, onOpen }: TableProps) {
  const { schedules, host, shell, users } = useMessages()
  return (
    <table className="list cards" aria-label={shell.schedules}>
      <thead>
        <tr>
          <th>{host.columns.task}</th>
          <th>{schedules.words}</th>
          <th>{schedules.state}</th>
          <th>{host.next}</th>
          <th>{schedules.usual}</th>
          {mayChange && (
            <th>
              <span className="unseen">{users.actions}</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map((it) => (
          <TaskRow key={it.task} row={it} mayChange={mayChange} onOpen={onOpen} />
        ))}
      </tbody>
    </table>
  )
}

function TaskRow({ row, mayChange, onOpen }: { row: ScheduleRow } & Omit<TableProps, 'rows'>) {
  const { schedules, host } = useMessages()
  const { duration } = useFormat()
  const { schedule } = row
  const next = schedule?.isEnabled === false ? undefined : schedule?.next[0]
  return (
    <tr>
      <td data-label={host.columns.task}>
        <span className="any">
          <Link to="/hosts/$host" params={{ host: row.host }} search={{ tab: 'runs', task: row.task }} data-row>
            {row.task}
          </Link>
          {row.description !== null && <span className="small muted block any">{row.description}</span>}
        </span>
      </td>
      <td data-label={schedules.words} className="mono any">
        {schedule === null ? <span className="muted">{host.noSchedule}</span> : schedule.words.join(', ')}
      </td>
      <td data-label={schedules.state}>{schedule !== null && <Enabled schedule={schedule} />}</td>
      <td data-label={host.next}>{next !== undefined && <Time at={next} />}</td>
      <td data-label={schedules.usual}>{row.usualMs !== null && duration(row.usualMs)}</td>
      {mayChange && (
        <td className="acts">
          <button type="button" className="button small" onClick={() => onOpen({ kind: 'change', row })}>
            {schedule === null ? schedules.plan : schedules.change}
            <span className="unseen"> {row.task}</span>
          </button>
          {schedule !== null && <Switch row={row} />}
          <button type="button" className="button small danger" onClick={() => onOpen({ kind: 'remove', row })}>
            {schedules.remove}
            <span className="unseen"> {row.task}</span>
          </button>
        </td>
      )}
    </tr>
  )
}

function Enabled({ schedule: { isEnabled } }: { schedule: NonNullable<ScheduleRow['schedule']> }) {
  const { schedules, host } = useMessages()
  if (isEnabled === null) return <span className="muted">{host.enabledUnknown}</span>
  return (
    <span className={isEnabled ? 'state good' : 'state warn'}>
      <Icon name={isEnabled ? 'ok' : 'stopped'} />
      <span>{isEnabled ? schedules.enabled : host.disabled}</span>
    </span>
  )
}

/** Adds the task to the crontab or removes it; nothing else is changed. */
function Switch({ row }: { row: ScheduleRow }) {
  const { schedules } = useMessages()
  const client = useQueryClient()
  const isEnabled = row.schedule?.isEnabled === true
  const change = useMutation({
    mutationFn: () => call('switchSchedule', { query: { task: row.task }, body: { isEnabled: !isEnabled } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['listSchedules'] }),
  })
  return (
    <>
      <button type="button" className="button small" onClick={() => change.mutate()} disabled={change.isPending}>
        {isEnabled ? schedules.disable : schedules.enable}
        <span className="unseen"> {row.task}</span>
      </button>
      <ActionFailure error={change.error} />
    </>
  )
}
