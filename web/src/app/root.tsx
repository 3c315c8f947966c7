import { Outlet, useRouterState } from '@tanstack/react-router'
import { useMessages } from '../i18n/language.tsx'
import { FailurePanel } from '../ui/failure.tsx'
import { Dialog } from '../ui/form/dialog.tsx'
import { LoginPage } from './gate.tsx'
import { LoginForm } from './login.tsx'
import { SessionProvider, useSession, useSessionQuery } from './session.tsx'
import { Shell } from './shell.tsx'

/** Pages for users without an account or a password. */
const OPEN_PAGES = ['/setup', '/reset']

/** The parent of every page: queries the session, then displays the login, or the page, at the same address. */
export function Root() {
  const { data, error, refetch } = useSessionQuery()
  if (data) {
    return (
      <SessionProvider session={data} prompt={<LoginAgain />}>
        <Inside />
      </SessionProvider>
    )
  }
  if (error === null) return null
  return (
    <main className="gate">
      <FailurePanel error={error} onRetry={() => void refetch()} />
    </main>
  )
}

function Inside() {
  const { session } = useSession()
  const path = useRouterState({ select: (it) => it.location.pathname })
  if (OPEN_PAGES.includes(path)) return <Outlet />
  return session.user === null ? <LoginPage /> : <Shell />
}

/** A login above the page, which keeps its input; the request is retried afterwards. */
function LoginAgain() {
  const { session, enter } = useSession()
  const messages = useMessages()
  return (
    <Dialog title={messages.session.logIn}>
      <p>{messages.session.again}</p>
      <LoginForm onDone={enter} {...(session.user ? { name: session.user.name } : {})} />
    </Dialog>
  )
}
