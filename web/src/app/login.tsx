import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { Session } from '../../../src/api/schema/session.ts'
import { call } from '../api/client.ts'
import { RequestFailure } from '../api/problem.ts'
import { useMessages } from '../i18n/language.tsx'
import { ActionFailure } from '../ui/failure.tsx'
import { Field } from '../ui/form/field.tsx'

interface LoginFormProps {
  readonly onDone: (session: Session) => void
  /** The user whose session has ended; other users cannot log in here. */
  readonly name?: string
}

/** Asks for name and password, then for a code of the second factor, if the account has one. */
export function LoginForm({ onDone, name: known }: LoginFormProps) {
  const { session } = useMessages()
  const [name, setName] = useState(known ?? '')
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const [remember, setRemember] = useState(false)
  const login = useMutation({
    mutationFn: () => call('logIn', { body: { name, password, remember, ...(code === '' ? {} : { code: code.replaceAll(' ', '') }) } }),
    onSuccess: onDone,
  })
  const needsCode = login.error instanceof RequestFailure && login.error.code === 'account/second-factor'
  const hasCode = needsCode || code !== ''
  const submit = (event: FormEvent) => {
    event.preventDefault()
    login.mutate()
  }
  return (
    <form className="stack" onSubmit={submit}>
      <Field
        label={session.name}
        value={name}
        onChange={setName}
        autoComplete="username"
        isRequired
        isFirst={known === undefined}
        isFixed={known !== undefined}
      />
      <Field
        label={session.password}
        value={password}
        onChange={setPassword}
        kind="password"
        autoComplete="current-password"
        isRequired
        isFirst={known !== undefined}
      />
      {hasCode && (
        <Field label={session.code} value={code} onChange={setCode} hint={session.codeHint} autoComplete="one-time-code" isRequired isFirst />
      )}
      <label className="check">
        <input type="checkbox" checked={remember} onChange={(event) => setRemember(event.target.checked)} />
        {session.remember}
      </label>
      {!needsCode && <ActionFailure error={login.error} />}
      {needsCode && code !== '' && login.failureCount > 1 && <ActionFailure error={login.error} />}
      <button type="submit" className="button primary" disabled={login.isPending}>
        {login.isPending ? session.working : session.logIn}
      </button>
      <p className="small muted">{session.lost}</p>
    </form>
  )
}
