import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { call } from '../../api/client.ts'
import { useSession } from '../../app/session.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { ActionFailure } from '../../ui/failure.tsx'
import { Field } from '../../ui/form/field.tsx'

export function PasswordForm() {
  const { account, session } = useMessages()
  const { enter } = useSession()
  const [current, setCurrent] = useState('')
  const [password, setPassword] = useState('')
  const change = useMutation({
    mutationFn: () => call('changePassword', { body: { current, password } }),
    onSuccess: (next) => {
      enter(next)
      setCurrent('')
      setPassword('')
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate()
  }
  return (
    <section className="card">
      <div className="card-head">
        <h2>{account.changePassword}</h2>
      </div>
      <form className="card-body stack form" onSubmit={submit}>
        <Field label={session.currentPassword} value={current} onChange={setCurrent} kind="password" autoComplete="current-password" isRequired />
        <Field
          label={session.newPassword}
          value={password}
          onChange={setPassword}
          kind="password"
          hint={session.passwordHint}
          autoComplete="new-password"
          minLength={8}
          isRequired
        />
        <ActionFailure error={change.error} />
        {change.isSuccess && <p role="status">{account.changed}</p>}
        <div className="row">
          <button type="submit" className="button" disabled={change.isPending}>
            {account.changePassword}
          </button>
        </div>
      </form>
    </section>
  )
}
