import { useMutation, useQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { call, newKey } from '../../api/client.ts'
import { queryOf } from '../../api/queries.ts'
import { present } from '../../app/search.ts'
import { useMay } from '../../app/session.tsx'
import { Guide } from '../../guide/guide.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { Copy } from '../../ui/copy.tsx'
import { DryRun } from '../../ui/dry-run.tsx'
import { ActionFailure, Loaded } from '../../ui/failure.tsx'
import { Field } from '../../ui/form/field.tsx'
import { commandElsewhere } from './command-elsewhere.ts'
import type { ChangeRestore, RestoreSearch } from './restore-search.ts'

interface CommandProps {
  readonly search: RestoreSearch
  readonly task: string
  readonly onChange: ChangeRestore
}

/** A folder that does not exist yet, named after the restored set. */
function defaultTarget({ set }: RestoreSearch): string {
  return `/root/restored/${set ?? 'latest'}`
}

/** The exact command, the equivalent without Holdfast, and for operators the restore itself. */
export function RestoreCommand({ search, task, onChange }: CommandProps) {
  const { restore } = useMessages()
  const { set, storage, object, path } = search
  const target = search.target ?? defaultTarget(search)
  const body = { task, target, ...present({ set, storage, object, path }) }
  const isHere = search.host === undefined
  const composed = useQuery({ ...queryOf('composeRestore', { body }), enabled: isHere })
  const command = isHere ? composed : { ...composed, data: { argv: [], command: commandElsewhere(body), recipe: null }, error: null }
  return (
    <>
      <Target key={target} target={target} onTarget={(it) => onChange({ target: it })} />
      <Loaded query={command} rows={2}>
        {({ command: line, recipe }) => (
          <>
            <div>
              <h3>{isHere ? restore.runHere : restore.runThere(search.host ?? '')}</h3>
              <Copy text={line} label={restore.title} />
              <p className="small muted">{restore.nothingReplaced}</p>
            </div>
            {isHere && <StartButton body={body} command={line} onStart={(job) => onChange({ target, job })} />}
            {recipe !== null && (
              <details>
                <summary>{restore.plain}</summary>
                <Guide text={recipe} />
              </details>
            )}
          </>
        )}
      </Loaded>
    </>
  )
}

/** Applied when the input is complete. */
function Target({ target, onTarget }: { target: string; onTarget: (target: string) => void }) {
  const { restore } = useMessages()
  const [typed, setTyped] = useState(target)
  const done = () => {
    if (typed.trim() !== target && typed.trim() !== '') onTarget(typed.trim())
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        done()
      }}
      onBlur={done}
    >
      <Field label={restore.target} value={typed} onChange={setTyped} hint={restore.targetHint} />
    </form>
  )
}

interface StartProps {
  readonly body: { readonly task: string; readonly target: string }
  readonly command: string
  readonly onStart: (job: string) => void
}

/** Restores into this folder only, after a dry run of the command and its confirmation. */
function StartButton({ body, command, onStart }: StartProps) {
  const { restore, common } = useMessages()
  const mayRun = useMay('operator')
  const [confirming, setConfirming] = useState<string>()
  const [tried, setTried] = useState<string>()
  const key = useRef(newKey())
  const start = useMutation({
    mutationFn: () => call('startRestore', { body, idempotencyKey: key.current }),
    onSuccess: ({ id }) => {
      key.current = newKey()
      setConfirming(undefined)
      onStart(id)
    },
  })
  if (!mayRun) return <p className="small muted">{restore.operatorsOnly}</p>
  // The confirmation applies to the displayed command: a changed request must be confirmed again.
  if (confirming !== command) {
    return (
      <div className="row">
        <button
          type="button"
          className="button"
          onClick={() => {
            setTried(undefined)
            setConfirming(command)
          }}
        >
          {restore.start}
        </button>
      </div>
    )
  }
  return (
    <div className="banner warn stack">
      <DryRun
        title={restore.dryRun}
        start={() => call('startRestore', { body: { ...body, dryRun: true }, idempotencyKey: newKey() }).then(({ id }) => id)}
        onGood={() => setTried(command)}
      />
      <p>{tried === command ? restore.confirm(body.target) : restore.dryRunFirst}</p>
      <ActionFailure error={start.error} />
      <div className="row">
        <button type="button" className="button primary" onClick={() => start.mutate()} disabled={start.isPending || tried !== command}>
          {restore.startNow}
        </button>
        <button type="button" className="button" onClick={() => setConfirming(undefined)}>
          {common.cancel}
        </button>
      </div>
    </div>
  )
}
