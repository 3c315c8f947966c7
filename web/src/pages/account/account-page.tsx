import { useMessages } from '../../i18n/language.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { OwnSessions } from './own-sessions.tsx'
import { PasswordForm } from './password-form.tsx'
import { SecondFactor } from './second-factor.tsx'

/** The user's own account. */
export function AccountPage() {
  const { account } = useMessages()
  useTitle(account.title)
  return (
    <div className="stack narrow">
      <h1>{account.title}</h1>
      <PasswordForm />
      <SecondFactor />
      <OwnSessions />
    </div>
  )
}
