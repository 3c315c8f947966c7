import type { User } from '../../../../src/api/schema/users.ts'
import { useSession } from '../../app/session.tsx'
import { Time, useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { useServerNow } from '../../live/clock.ts'
import { Icon } from '../../ui/icons.tsx'

export type UserDialog = { readonly kind: 'change' | 'reset' | 'remove'; readonly user: User } | { readonly kind: 'add' }

export function UserRow({ user, onOpen }: { user: User; onOpen: (dialog: UserDialog) => void }) {
  const { users, shell, common } = useMessages()
  const { session } = useSession()
  return (
    <tr>
      <td data-label={users.name}>
        <span className="any">
          <strong>{user.name}</strong> {session.user?.name === user.name && <span className="tag">{users.you}</span>}
          {user.email !== '' && <span className="small muted block any">{user.email}</span>}
        </span>
      </td>
      <td data-label={users.role}>{shell.roles[user.role]}</td>
      <td data-label={users.state}>
        <UserState user={user} />
      </td>
      <td data-label={users.totp}>{user.hasTotp ? users.totpOn : <span className="muted">{users.totpOff}</span>}</td>
      <td data-label={users.lastLogin}>{user.lastLogin === null ? <span className="muted">{common.never}</span> : <Time at={user.lastLogin} />}</td>
      <td className="acts">
        <button type="button" className="button small" data-row onClick={() => onOpen({ kind: 'change', user })}>
          {users.change}
          <span className="unseen"> {user.name}</span>
        </button>
        <button type="button" className="button small" onClick={() => onOpen({ kind: 'reset', user })}>
          {users.reset}
          <span className="unseen"> {user.name}</span>
        </button>
        <button type="button" className="button small danger" onClick={() => onOpen({ kind: 'remove', user })}>
          {users.remove}
          <span className="unseen"> {user.name}</span>
        </button>
      </td>
    </tr>
  )
}

/** Whether the user can log in, and the reason if not. */
function UserState({ user }: { user: User }) {
  const { users } = useMessages()
  const { roughly } = useFormat()
  const now = useServerNow(15)
  if (!user.isEnabled) {
    return (
      <span className="state warn">
        <Icon name="stopped" />
        <span>{users.disabled}</span>
      </span>
    )
  }
  if (user.lockedUntil !== null && Date.parse(user.lockedUntil) > now) {
    return (
      <span className="state warn" title={users.lockedWhy}>
        <Icon name="overdue" />
        <span>{users.locked(roughly(Date.parse(user.lockedUntil) - now))}</span>
      </span>
    )
  }
  return (
    <span className="state good">
      <Icon name="ok" />
      <span>{user.isImported ? users.imported : users.enabled}</span>
    </span>
  )
}
