import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { call } from '../../api/client.ts'
import { useMessages } from '../../i18n/language.tsx'
import { ActionFailure } from '../../ui/failure.tsx'
import { Dialog } from '../../ui/form/dialog.tsx'
import { Field } from '../../ui/form/field.tsx'
import { FormButtons } from '../../ui/form/form-buttons.tsx'
import { OneTimeLink } from './one-time-link.tsx'
import { type RoleName, RoleSelect } from './role-select.tsx'

/** A new user, who chooses a password with a link, so that no other user knows it. */
export function AddUser({ onClose }: { onClose: () => void }) {
  const { users, session } = useMessages()
  const client = useQueryClient()
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<RoleName>('viewer')
  const add = useMutation({
    mutationFn: () => call('addUser', { body: { name: name.trim(), email: email.trim(), role } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['listUsers'] }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate()
  }
  if (add.data) return <OneTimeLink user={add.data} text={users.added(add.data.name)} onClose={onClose} />
  return (
    <Dialog title={users.add} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <Field label={session.name} value={name} onChange={setName} isRequired isFirst />
        <Field label={session.email} value={email} onChange={setEmail} kind="email" />
        <RoleSelect role={role} onChange={setRole} />
        <p className="small muted">{users.addText}</p>
        <ActionFailure error={add.error} />
        <FormButtons action={users.add} isPending={add.isPending} onClose={onClose} />
      </form>
    </Dialog>
  )
}
