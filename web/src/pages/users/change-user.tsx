import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { User } from '../../../../src/api/schema/users.ts'
import { call } from '../../api/client.ts'
import { useMessages } from '../../i18n/language.tsx'
import { ActionFailure } from '../../ui/failure.tsx'
import { Dialog } from '../../ui/form/dialog.tsx'
import { Field } from '../../ui/form/field.tsx'
import { FormButtons } from '../../ui/form/form-buttons.tsx'
import { RoleSelect } from './role-select.tsx'
import { userChanges } from './user-changes.ts'

/** The role of a user, and whether the user can log in. */
export function ChangeUser({ user, onClose }: { user: User; onClose: () => void }) {
  const { users, session, common } = useMessages()
  const client = useQueryClient()
  // As the form shows it: the list is loaded again when another administrator changes the user.
  const [from] = useState(user)
  const [email, setEmail] = useState(user.email)
  const [role, setRole] = useState(user.role)
  const [isEnabled, setEnabled] = useState(user.isEnabled)
  const change = useMutation({
    mutationFn: () => call('changeUser', { query: { name: user.name }, body: userChanges(from, { email: email.trim(), role, isEnabled }) }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['listUsers'] })
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate()
  }
  return (
    <Dialog title={users.changeTitle(user.name)} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <Field label={session.email} value={email} onChange={setEmail} kind="email" isFirst />
        <RoleSelect role={role} onChange={setRole} />
        <div>
          <label className="check">
            <input type="checkbox" checked={isEnabled} onChange={(event) => setEnabled(event.target.checked)} />
            {users.mayLogIn}
          </label>
          {!isEnabled && <p className="small muted">{users.mayLogInNot}</p>}
        </div>
        <ActionFailure error={change.error} />
        <FormButtons action={common.save} isPending={change.isPending} onClose={onClose} />
      </form>
    </Dialog>
  )
}
