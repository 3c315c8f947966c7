import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { Hold } from '../../../../src/api/schema/keeping.ts'
import type { BackupSet } from '../../../../src/api/schema/sets.ts'
import { type Answer, call } from '../../api/client.ts'
import { useMay } from '../../app/session.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { ActionFailure } from '../../ui/failure.tsx'
import { Dialog } from '../../ui/form/dialog.tsx'
import { Field } from '../../ui/form/field.tsx'
import { FormButtons } from '../../ui/form/form-buttons.tsx'

/** What the rotation does with the set, and why: it is suspicious or incomplete, or it is held. */
export function SetKeeping({ set }: { set: BackupSet }) {
  const { set: words } = useMessages()
  const isSuspicious = set.places.some(({ acceptance }) => acceptance === 'needed')
  const isAccepted = !isSuspicious && set.places.some(({ acceptance }) => acceptance === 'given')
  return (
    <>
      {isSuspicious && <Suspicious set={set} />}
      {isAccepted && (
        <section className="banner block" aria-label={words.accepted}>
          <p className="muted">{words.accepted}</p>
          <Reasons texts={set.suspicious} />
        </section>
      )}
      {set.failed.length > 0 && (
        <section className="banner warn block" aria-label={words.failedObjects}>
          <p>
            <strong>{words.failedObjects}</strong> {words.failedText}
          </p>
          <Reasons texts={set.failed} />
        </section>
      )}
      {set.holds.length > 0 && <Held set={set} />}
    </>
  )
}

function Reasons({ texts }: { texts: readonly string[] }) {
  return (
    <ul className="reasons any">
      {texts.map((it) => (
        <li key={it}>{it}</li>
      ))}
    </ul>
  )
}

function Suspicious({ set }: { set: BackupSet }) {
  const { set: words } = useMessages()
  const [isOpen, setOpen] = useState(false)
  const mayChange = useMayKeep(set)
  return (
    <section className="banner warn block" aria-label={words.suspicious}>
      <p>
        <strong>{words.suspicious}</strong> {words.suspiciousText}
      </p>
      <Reasons texts={set.suspicious} />
      {mayChange && (
        <button type="button" className="button small" onClick={() => setOpen(true)}>
          {words.accept}
        </button>
      )}
      {isOpen && (
        <Confirm title={words.acceptTitle} action={words.accept} name="acceptSet" set={set} onClose={() => setOpen(false)}>
          <Reasons texts={set.suspicious} />
          <p>{words.acceptText}</p>
        </Confirm>
      )}
    </section>
  )
}

function Held({ set }: { set: BackupSet }) {
  const { set: words } = useMessages()
  const [isOpen, setOpen] = useState(false)
  const mayChange = useMayKeep(set)
  return (
    <section className="banner block" aria-label={words.held}>
      <p>
        <strong>{words.held}</strong> {words.heldText}
      </p>
      <ul className="reasons any">
        {set.holds.map((it) => (
          <HoldLine key={it.storage} hold={it} />
        ))}
      </ul>
      {mayChange && (
        <button type="button" className="button small" onClick={() => setOpen(true)}>
          {words.release}
        </button>
      )}
      {isOpen && (
        <Confirm title={words.releaseTitle} action={words.release} name="releaseSet" set={set} onClose={() => setOpen(false)}>
          <p>{words.releaseText}</p>
        </Confirm>
      )}
    </section>
  )
}

function HoldLine({ hold: { storage, reason, until } }: { hold: Hold }) {
  const { set: words } = useMessages()
  return (
    <li>
      {reason}{' '}
      <span className="muted">
        · {storage} · {until === null ? words.untilReleased : words.until(until.slice(0, 10))}
      </span>
    </li>
  )
}

/** For operators: keeps the set, whatever the rotation decides. */
export function HoldButton({ set }: { set: BackupSet }) {
  const { set: words } = useMessages()
  const [isOpen, setOpen] = useState(false)
  const mayChange = useMayKeep(set)
  if (!mayChange || set.holds.length > 0 || !set.places.some(({ state }) => state !== 'unfinished')) return null
  return (
    <>
      <button type="button" className="button" onClick={() => setOpen(true)}>
        {words.hold}
      </button>
      {isOpen && <HoldForm set={set} onClose={() => setOpen(false)} />}
    </>
  )
}

function HoldForm({ set, onClose }: { set: BackupSet; onClose: () => void }) {
  const { set: words } = useMessages()
  const [reason, setReason] = useState('')
  const [until, setUntil] = useState('')
  const change = useChange(() => call('holdSet', { body: { task: set.task, set: set.name, reason, ...(until === '' ? {} : { until }) } }), onClose)
  return (
    <ChangeForm title={words.holdTitle} action={words.hold} change={change} isReady={reason.trim() !== ''} onClose={onClose}>
      <p>{words.holdText}</p>
      <Field label={words.reason} value={reason} onChange={setReason} isRequired isFirst />
      <Field label={words.lastDay} value={until} onChange={setUntil} hint={words.lastDayHint} kind="date" />
    </ChangeForm>
  )
}

interface ConfirmProps {
  readonly title: string
  readonly action: string
  readonly name: 'acceptSet' | 'releaseSet'
  readonly set: BackupSet
  readonly children: ReactNode
  readonly onClose: () => void
}

function Confirm({ name, set, onClose, ...form }: ConfirmProps) {
  const one = { task: set.task, set: set.name }
  const change = useChange(() => (name === 'acceptSet' ? call(name, { body: one }) : call(name, { query: one })), onClose)
  return <ChangeForm {...form} change={change} onClose={onClose} />
}

interface FormProps {
  readonly title: string
  readonly action: string
  readonly change: ReturnType<typeof useChange>
  readonly isReady?: boolean
  readonly children: ReactNode
  readonly onClose: () => void
}

function ChangeForm({ title, action, change, isReady = true, children, onClose }: FormProps) {
  const { set: words } = useMessages()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate()
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        {children}
        <ActionFailure error={change.error} />
        {change.data?.failures.map((it) => (
          <p key={it.message} className="banner warn any" role="alert">
            {words.notOnAll} {it.message} <span className="muted">{it.hint}</span>
          </p>
        ))}
        <FormButtons action={action} isPending={change.isPending} isReady={isReady} onClose={onClose} />
      </form>
    </Dialog>
  )
}

/** Closes the form if the set was changed on all storages; otherwise, the form shows what failed. */
function useChange(change: () => Promise<Answer<'holdSet'>>, onClose: () => void) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: async ({ failures }) => {
      await client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === 'readSet' || queryKey[0] === 'listSets' })
      if (failures.length === 0) onClose()
    },
  })
}

function useMayKeep({ host }: BackupSet): boolean {
  return useMay('operator') && host === 'local'
}
