import { useQuery } from '@tanstack/react-query'
import type { ScheduleRow } from '../../../../src/api/schema/schedules.ts'
import { call } from '../../api/client.ts'
import { queryOf } from '../../api/queries.ts'
import { useMessages } from '../../i18n/language.tsx'
import { FailurePanel, Loaded } from '../../ui/failure.tsx'
import { ConfirmByName } from '../../ui/form/confirm-by-name.tsx'
import { useConfigChange } from './use-config-change.ts'

/** Removes a task from the configuration file; displays beforehand what the task did and what is kept. */
export function RemoveTask({ row, onClose }: { row: ScheduleRow; onClose: () => void }) {
  const { schedules } = useMessages()
  const task = useQuery(queryOf('readTask', { query: { task: row.task } }))
  const remove = useConfigChange({
    send: (ifMatch) => call('removeTask', { query: { task: row.task }, ifMatch }),
    outdates: ['listSchedules', 'listTasks'],
    onClose,
  })
  return (
    <ConfirmByName title={schedules.removeTitle(row.task)} name={row.task} action={schedules.remove} change={remove} onClose={onClose}>
      <p>{schedules.removeText}</p>
      <Loaded query={task} rows={2}>
        {({ steps }) => (
          <ol className="steps">
            {steps.map((it, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: steps have no other name, and do not move
              <li key={index}>{it.text}</li>
            ))}
          </ol>
        )}
      </Loaded>
      <p className="muted">{schedules.removeKept}</p>
      {remove.baseError !== null && <FailurePanel error={remove.baseError} onRetry={remove.reload} />}
    </ConfirmByName>
  )
}
