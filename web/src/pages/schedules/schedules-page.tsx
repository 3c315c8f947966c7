import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useMay } from '../../app/session.tsx'
import { useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { useServerNow } from '../../live/clock.ts'
import { Copy } from '../../ui/copy.tsx'
import { Loaded } from '../../ui/failure.tsx'
import { HostChoice } from '../../ui/host-choice.tsx'
import { HostZone } from '../../ui/host-zone.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { usePages } from '../../ui/use-pages.ts'
import { useTitle } from '../../ui/use-title.ts'
import { nightOf } from './night.ts'
import { NightChoice } from './night-choice.tsx'
import { NightLine } from './night-line.tsx'
import { RemoveTask } from './remove-task.tsx'
import { TaskForm } from './task-form.tsx'
import { type ScheduleDialog, TaskTable } from './task-table.tsx'

/** The open dialog. */
/** The runs of the night on a time axis, and the tasks below it. */
export function SchedulesPage() {
  const { shell } = useMessages()
  useTitle(shell.schedules)
  const { host = 'local' } = useSearch({ from: '/schedules' })
  return (
    <HostZone host={host}>
      <Schedules host={host} />
    </HostZone>
  )
}

function Schedules({ host }: { host: string }) {
  const { shell, schedules, host: words } = useMessages()
  const { zone } = useFormat()
  const { span = 'night', day } = useSearch({ from: '/schedules' })
  const navigate = useNavigate({ from: '/schedules' })
  const night = nightOf({ span, day, zone, now: useServerNow(60) })
  const [from, to] = [new Date(night.range.from).toISOString(), new Date(night.range.to).toISOString()]
  const list = usePages('listSchedules', { host, from, to, limit: 300 })
  const mayChange = useMay('admin') && host === 'local'
  const [dialog, setDialog] = useState<ScheduleDialog>()
  const close = () => setDialog(undefined)
  const rows = list.data?.rows ?? []
  return (
    <>
      <div className="head">
        <h1>{shell.schedules}</h1>
        <HostChoice host={host} onChange={(it) => void navigate({ search: it === 'local' ? {} : { host: it } })} />
        <span className="grow" />
        {mayChange && (
          <button type="button" className="button primary" onClick={() => setDialog({ kind: 'add' })}>
            {schedules.add}
          </button>
        )}
      </div>
      <NightChoice night={night} span={span} />
      <Loaded query={list}>
        {(data) =>
          data.total === 0 ? (
            <section className="teach">
              <h2>{words.noTasks}</h2>
              <p>{words.noTasksHint}</p>
              <Copy text="holdfast config check" />
            </section>
          ) : (
            <div className="stack">
              <NightLine rows={data.rows} night={night} span={span} />
              <div className="card">
                <TaskTable rows={data.rows} mayChange={mayChange} onOpen={setDialog} />
                <MoreButton pages={list} rest={data.total - data.rows.length} />
              </div>
            </div>
          )
        }
      </Loaded>
      {dialog?.kind === 'add' && <TaskForm row={undefined} others={rows.map((it) => it.task)} onClose={close} />}
      {dialog?.kind === 'change' && <TaskForm row={dialog.row} others={[]} onClose={close} />}
      {dialog?.kind === 'remove' && <RemoveTask row={dialog.row} onClose={close} />}
    </>
  )
}
