import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { call } from '../../api/client.ts'
import { codeOfLink } from '../../app/code-of-link.ts'
import { Gate } from '../../app/gate.tsx'
import { useSession } from '../../app/session.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { ActionFailure } from '../../ui/failure.tsx'
import { Field } from '../../ui/form/field.tsx'

/** Creates the first account with the link that the server printed. */
export function SetupPage() {
  const { session } = useMessages()
  const { enter } = useSession()
  const navigate = useNavigate()
  const [code, setCode] = useState(codeOfLink)
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const create = useMutation({
    mutationFn: () => call('setUp', { body: { code, name, email, password } }),
    onSuccess: (next) => {
      enter(next)
      void navigate({ to: '/', replace: true })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate()
  }
  return (
    <Gate title={session.setupTitle}>
      <p className="muted">{session.setupText}</p>
      <form className="stack" onSubmit={submit}>
        {codeOfLink() === '' && <Field label={session.setupCode} value={code} onChange={setCode} isRequired />}
        <Field label={session.name} value={name} onChange={setName} autoComplete="username" isRequired isFirst />
        <Field label={session.email} value={email} onChange={setEmail} kind="email" autoComplete="email" />
        <Field
          label={session.password}
          value={password}
          onChange={setPassword}
          kind="password"
          hint={session.passwordHint}
          autoComplete="new-password"
          minLength={8}
          isRequired
        />
        <ActionFailure error={create.error} />
        <button type="submit" className="button primary" disabled={create.isPending}>
          {create.isPending ? session.working : session.create}
        </button>
      </form>
    </Gate>
  )
}
