import { type FormEvent, useState } from 'react'
import type { ScheduleRow } from '../../../../src/api/schema/schedules.ts'
import { call } from '../../api/client.ts'
import { useMessages } from '../../i18n/language.tsx'
import { ActionFailure, FailurePanel } from '../../ui/failure.tsx'
import { Dialog } from '../../ui/form/dialog.tsx'
import { Field } from '../../ui/form/field.tsx'
import { FormButtons } from '../../ui/form/form-buttons.tsx'
import { NextRuns } from './next-runs.tsx'
import { useConfigChange } from './use-config-change.ts'

interface FormProps {
  /** Undefined: a new task. */
  readonly row: ScheduleRow | undefined
  /** The tasks and objects that a new task can run. */
  readonly others: readonly string[]
  readonly onClose: () => void
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((it) => it.trim())
    .filter((it) => it !== '')
}

/** The schedule of a task, with its next runs. It is written into the configuration file, whose comments and order are kept. */
export function TaskForm({ row, others, onClose }: FormProps) {
  const { schedules, host, common } = useMessages()
  const [task, setTask] = useState('')
  const [text, setText] = useState(row?.schedule?.words.join('\n') ?? '30 2 * * *')
  const [description, setDescription] = useState(row?.description ?? '')
  const [runs, setRuns] = useState('')
  const words = linesOf(text)
  const save = useConfigChange({
    send: (ifMatch) => {
      const said = description.trim() === (row?.description ?? '') ? {} : { description: description.trim() }
      return row === undefined
        ? call('addTask', { body: { task: task.trim(), words, ...said, runs: linesOf(runs) }, ifMatch })
        : call('changeSchedule', { query: { task: row.task }, body: { words, ...said }, ifMatch })
    },
    outdates: ['listSchedules'],
    onClose,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  const isReady = save.isReady && words.length > 0 && (row !== undefined || (task.trim() !== '' && linesOf(runs).length > 0))
  return (
    <Dialog title={row === undefined ? schedules.add : schedules.changeTitle(row.task)} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        {row === undefined && (
          <>
            <Field label={host.columns.task} value={task} onChange={setTask} isRequired isFirst />
            <Lines label={schedules.runs} hint={schedules.runsHint(others.slice(0, 8).join(', '))} text={runs} onChange={setRuns} />
          </>
        )}
        <Lines label={schedules.words} hint={schedules.wordsHint} text={text} onChange={setText} />
        <NextRuns words={words} />
        <Field label={schedules.description} value={description} onChange={setDescription} />
        {save.baseError !== null && <FailurePanel error={save.baseError} onRetry={save.reload} />}
        <p className="small muted">{schedules.written}</p>
        <ActionFailure error={save.error} />
        <FormButtons action={common.save} isPending={save.isPending} isReady={isReady} onClose={onClose} />
      </form>
    </Dialog>
  )
}

interface LinesProps {
  readonly label: string
  readonly hint: string
  readonly text: string
  readonly onChange: (text: string) => void
}

/** One entry per line. */
function Lines({ label, hint, text, onChange }: LinesProps) {
  return (
    <label className="field">
      <span>{label}</span>
      <textarea
        className="input mono"
        rows={Math.min(6, Math.max(2, text.split('\n').length))}
        value={text}
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
      />
      <small>{hint}</small>
    </label>
  )
}
