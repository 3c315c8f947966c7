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

/** Sets a new password with the link from an administrator. */
export function ResetPage() {
  const { session } = useMessages()
  const { enter } = useSession()
  const navigate = useNavigate()
  const [code] = useState(codeOfLink)
  const [password, setPassword] = useState('')
  const reset = useMutation({
    mutationFn: () => call('resetPassword', { body: { code, password } }),
    onSuccess: (next) => {
      enter(next)
      void navigate({ to: '/', replace: true })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    reset.mutate()
  }
  return (
    <Gate title={session.resetTitle}>
      {code === '' && <p>{session.resetNoCode}</p>}
      {code !== '' && (
        <form className="stack" onSubmit={submit}>
          <Field
            label={session.newPassword}
            value={password}
            onChange={setPassword}
            kind="password"
            hint={session.passwordHint}
            autoComplete="new-password"
            minLength={8}
            isRequired
            isFirst
          />
          <ActionFailure error={reset.error} />
          <button type="submit" className="button primary" disabled={reset.isPending}>
            {reset.isPending ? session.working : session.setPassword}
          </button>
        </form>
      )}
    </Gate>
  )
}
