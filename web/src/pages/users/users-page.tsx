import { useState } from 'react'
import type { User } from '../../../../src/api/schema/users.ts'
import { call } from '../../api/client.ts'
import { loadAll } from '../../api/load-all.ts'
import { useMay } from '../../app/session.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { ExportButtons } from '../../ui/export/export-buttons.tsx'
import { Loaded } from '../../ui/failure.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { usePages } from '../../ui/use-pages.ts'
import { useTitle } from '../../ui/use-title.ts'
import { AddUser } from './add-user.tsx'
import { ChangeUser } from './change-user.tsx'
import { RemoveUser } from './remove-user.tsx'
import { ResetUser } from './reset-user.tsx'
import { type UserDialog, UserRow } from './user-row.tsx'

/** The open dialog. */
/** The users and their roles. */
export function UsersPage() {
  const { shell, users } = useMessages()
  useTitle(shell.users)
  const mayAdmin = useMay('admin')
  const list = usePages('listUsers', { limit: 200 })
  const [dialog, setDialog] = useState<UserDialog>()
  const close = () => setDialog(undefined)
  return (
    <>
      <div className="head">
        <h1>{shell.users}</h1>
        <span className="grow" />
        {mayAdmin && (
          <>
            <ExportButtons load={exportUsers} name="users" />
            <button type="button" className="button primary" onClick={() => setDialog({ kind: 'add' })}>
              {users.add}
            </button>
          </>
        )}
      </div>
      <Loaded query={list}>
        {({ rows, total }) => (
          <div className="card">
            <UserTable rows={rows} onOpen={setDialog} />
            <MoreButton pages={list} rest={total - rows.length} />
          </div>
        )}
      </Loaded>
      <p className="small muted roles">{users.rolesText}</p>
      {dialog?.kind === 'add' && <AddUser onClose={close} />}
      {dialog?.kind === 'change' && <ChangeUser user={dialog.user} onClose={close} />}
      {dialog?.kind === 'reset' && <ResetUser user={dialog.user} onClose={close} />}
      {dialog?.kind === 'remove' && <RemoveUser user={dialog.user} onClose={close} />}
    </>
  )
}

function UserTable({ rows, onOpen }: { rows: readonly User[]; onOpen: (dialog: UserDialog) => void }) {
  const { users, shell } = useMessages()
  return (
    <table className="list cards" aria-label={shell.users}>
      <thead>
        <tr>
          <th>{users.name}</th>
          <th>{users.role}</th>
          <th>{users.state}</th>
          <th>{users.totp}</th>
          <th>{users.lastLogin}</th>
          <th>
            <span className="unseen">{users.actions}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((it) => (
          <UserRow key={it.name} user={it} onOpen={onOpen} />
        ))}
      </tbody>
    </table>
  )
}

async function exportUsers() {
  const all = await loadAll((page) => call('listUsers', { query: page }))
  return all.map(({ lastLogin, lockedUntil, ...user }) => ({ ...user, lastLogin: lastLogin ?? '', lockedUntil: lockedUntil ?? '' }))
}
