import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { queryOf } from '../../api/queries.ts'
import { present } from '../../app/search.ts'
import { useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { FailurePanel } from '../../ui/failure.tsx'
import { Field } from '../../ui/form/field.tsx'
import { Select } from '../../ui/form/select.tsx'
import type { ChangeRestore, RestoreSearch } from './restore-search.ts'

interface ChooseProps {
  readonly search: RestoreSearch
  readonly onChange: ChangeRestore
}

/** Selects task, set, object and path from the available ones. */
export function ChooseWhat({ search, onChange }: ChooseProps) {
  const { restore, host: words } = useMessages()
  const { host = 'local', task } = search
  const tasks = useQuery(queryOf('listTasks', { query: { host, limit: 1000 } }))
  if (tasks.error !== null && tasks.data === undefined) return <FailurePanel error={tasks.error} onRetry={() => void tasks.refetch()} />
  const names = (tasks.data?.rows ?? []).filter((it) => it.storages.length > 0 || it.name === task).map((it) => it.name)
  const known = task === undefined || names.includes(task) ? names : [task, ...names]
  return (
    <>
      <Select
        label={words.columns.task}
        value={task ?? ''}
        onChange={(it) => onChange({ task: it === '' ? undefined : it, set: undefined, storage: undefined, object: undefined, path: undefined })}
        options={[['', restore.choose], ...known.map((it) => [it, it] as const)]}
      />
      {task !== undefined && <ChooseSet search={search} task={task} onChange={onChange} />}
    </>
  )
}

function ChooseSet({ search, task, onChange }: ChooseProps & { task: string }) {
  const { restore, host: words } = useMessages()
  const { minute, bytes } = useFormat()
  const { host = 'local', set } = search
  const sets = useQuery(queryOf('listSets', { query: { host, task, limit: 1000 } }))
  if (sets.error !== null && sets.data === undefined) return <FailurePanel error={sets.error} onRetry={() => void sets.refetch()} />
  const known = (sets.data?.rows ?? []).map((it) => [it.name, `${minute(it.at)} · ${bytes(it.bytes)}`] as const)
  const all = set === undefined || known.some(([it]) => it === set) ? known : [[set, set] as const, ...known]
  return (
    <>
      <Select
        label={words.columns.set}
        value={set ?? ''}
        onChange={(it) => onChange({ set: it === '' ? undefined : it, storage: undefined, object: undefined, path: undefined })}
        options={[['', restore.newest], ...all]}
        {...(sets.data?.total === 0 ? { hint: words.noSets } : {})}
      />
      {set === undefined ? (
        <p className="small muted">{restore.chooseSet}</p>
      ) : (
        <ChooseObject search={search} task={task} set={set} onChange={onChange} />
      )}
    </>
  )
}

function ChooseObject({ search, task, set, onChange }: ChooseProps & { task: string; set: string }) {
  const { restore, run } = useMessages()
  const { bytes } = useFormat()
  const { host = 'local', object } = search
  const known = useQuery(queryOf('readSet', { query: { host, task, set } }))
  const chosen = known.data?.contains.find((it) => it.path === object)
  const objects = (known.data?.contains ?? []).map((it) => [it.path, `${it.path} · ${bytes(it.bytes)}`] as const)
  const all = object === undefined || objects.some(([it]) => it === object) ? objects : [[object, object] as const, ...objects]
  return (
    <>
      {known.error !== null && known.data === undefined && <FailurePanel error={known.error} onRetry={() => void known.refetch()} />}
      <Select
        label={run.columns.object}
        value={object ?? ''}
        onChange={(it) => onChange({ object: it === '' ? undefined : it, path: undefined })}
        options={[['', restore.allObjects], ...all]}
      />
      {object !== undefined && (chosen?.isTar !== false || search.path !== undefined) && (
        <Path key={search.path ?? ''} path={search.path ?? ''} onPath={(path) => onChange({ path: path === '' ? undefined : path })} />
      )}
      <p>
        <Link to="/set" search={present({ host: search.host, task, set, object })}>
          {restore.browse}
        </Link>
      </p>
    </>
  )
}

/** A path inside an archive; applied when the input is complete. */
function Path({ path, onPath }: { path: string; onPath: (path: string) => void }) {
  const { restore } = useMessages()
  const [typed, setTyped] = useState(path)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        onPath(typed.trim())
      }}
      onBlur={() => typed.trim() !== path && onPath(typed.trim())}
    >
      <Field label={restore.path} value={typed} onChange={setTyped} hint={restore.pathHint} />
    </form>
  )
}
