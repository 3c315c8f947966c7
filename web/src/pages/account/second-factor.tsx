import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { call } from '../../api/client.ts'
import { useSession } from '../../app/session.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { Copy } from '../../ui/copy.tsx'
import { ActionFailure } from '../../ui/failure.tsx'
import { Field } from '../../ui/form/field.tsx'

/** A second factor: enabled and confirmed with one of its codes, or removed. */
export function SecondFactor() {
  const { account } = useMessages()
  const { session } = useSession()
  const offer = useMutation({ mutationFn: () => call('offerTotp') })
  const [codes, setCodes] = useState<readonly string[]>()
  const hasTotp = session.user?.hasTotp === true
  return (
    <section className="card">
      <div className="card-head">
        <h2>{account.totp}</h2>
      </div>
      <div className="card-body stack form">
        <p className="muted">{hasTotp ? account.totpOn : account.totpOff}</p>
        {codes && <RecoveryCodes codes={codes} />}
        {!hasTotp && !offer.data && !codes && (
          <div className="row">
            <button type="button" className="button" onClick={() => offer.mutate()} disabled={offer.isPending}>
              {account.totpStart}
            </button>
          </div>
        )}
        <ActionFailure error={offer.error} />
        {offer.data && !hasTotp && !codes && <Confirm offer={offer.data} onDone={setCodes} />}
        {hasTotp && (
          <Remove
            onDone={() => {
              setCodes(undefined)
              offer.reset()
            }}
          />
        )}
      </div>
    </section>
  )
}

function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  const { account } = useMessages()
  return (
    <div className="stack" role="status">
      <p>
        <strong>{account.totpDone}</strong> {account.recoveryText}
      </p>
      <Copy text={codes.join('\n')} label={account.recovery} />
    </div>
  )
}

interface ConfirmProps {
  readonly offer: { readonly secret: string; readonly uri: string }
  readonly onDone: (codes: readonly string[]) => void
}

function Confirm({ offer, onDone }: ConfirmProps) {
  const { account, session } = useMessages()
  const client = useQueryClient()
  const [code, setCode] = useState('')
  const [password, setPassword] = useState('')
  const confirm = useMutation({
    mutationFn: () => call('confirmTotp', { body: { code: code.replaceAll(' ', ''), password } }),
    onSuccess: ({ codes }) => {
      onDone(codes)
      void client.invalidateQueries({ queryKey: ['readSession'] })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    confirm.mutate()
  }
  return (
    <form className="stack" onSubmit={submit}>
      <p>{account.totpScan}</p>
      <Copy text={offer.secret} label={account.totpKey} />
      <Copy text={offer.uri} label={account.totpUri} />
      <Field label={session.code} value={code} onChange={setCode} autoComplete="one-time-code" isRequired isFirst />
      <Field label={session.currentPassword} value={password} onChange={setPassword} kind="password" autoComplete="current-password" isRequired />
      <ActionFailure error={confirm.error} />
      <div className="row">
        <button type="submit" className="button primary" disabled={confirm.isPending}>
          {account.totpConfirm}
        </button>
      </div>
    </form>
  )
}

function Remove({ onDone }: { onDone: () => void }) {
  const { account, session } = useMessages()
  const client = useQueryClient()
  const [password, setPassword] = useState('')
  const remove = useMutation({
    mutationFn: () => call('removeTotp', { body: { password } }),
    onSuccess: () => {
      onDone()
      return client.invalidateQueries({ queryKey: ['readSession'] })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    remove.mutate()
  }
  return (
    <form className="stack" onSubmit={submit}>
      <Field label={session.currentPassword} value={password} onChange={setPassword} kind="password" autoComplete="current-password" isRequired />
      <ActionFailure error={remove.error} />
      <div className="row">
        <button type="submit" className="button danger" disabled={remove.isPending}>
          {account.totpRemove}
        </button>
      </div>
    </form>
  )
}
