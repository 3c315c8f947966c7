import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { User } from '../../../../src/api/schema/users.ts'
import { call } from '../../api/client.ts'
import { useMessages } from '../../i18n/language.tsx'
import { ActionFailure } from '../../ui/failure.tsx'
import { Dialog } from '../../ui/form/dialog.tsx'
import { FormButtons } from '../../ui/form/form-buttons.tsx'
import { OneTimeLink } from './one-time-link.tsx'

/** For a lost password or a lost device. */
export function ResetUser({ user, onClose }: { user: User; onClose: () => void }) {
  const { users } = useMessages()
  const client = useQueryClient()
  const [totp, setTotp] = useState(false)
  const reset = useMutation({
    mutationFn: () => call('resetUser', { query: { name: user.name }, body: { totp } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['listUsers'] }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    reset.mutate()
  }
  if (reset.data) return <OneTimeLink user={reset.data} text={users.wasReset(user.name)} onClose={onClose} />
  return (
    <Dialog title={users.resetTitle(user.name)} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <p>{users.resetText}</p>
        {user.hasTotp && (
          <label className="check">
            <input type="checkbox" checked={totp} onChange={(event) => setTotp(event.target.checked)} />
            {users.resetTotp}
          </label>
        )}
        <ActionFailure error={reset.error} />
        <FormButtons action={users.resetAction} isPending={reset.isPending} onClose={onClose} />
      </form>
    </Dialog>
  )
}
