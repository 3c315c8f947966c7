import type { ReactNode } from 'react'
import { LanguageChoice } from '../app/language-choice.tsx'
import { useMessages } from '../i18n/language.tsx'
import { Copy } from '../ui/copy.tsx'
import { Logo } from '../ui/icons.tsx'
import { useTitle } from '../ui/use-title.ts'
import { LoginForm } from './login.tsx'
import { useSession } from './session.tsx'

/** A centered card for pages without a login. */
export function Gate({ title, children }: { title: string; children: ReactNode }) {
  const { session } = useSession()
  const { shell } = useMessages()
  useTitle(title)
  return (
    <main className="gate">
      <div className="card">
        <div className="card-body stack">
          <div className="row">
            <span className="brand">
              <Logo />
              <span translate="no">{'Holdfast'}</span>
            </span>
            <span className="grow" />
            <LanguageChoice />
          </div>
          <h1>{title}</h1>
          {session.isExposed && <p className="banner warn small">{shell.exposed}</p>}
          {children}
        </div>
      </div>
    </main>
  )
}

/** Displayed at every address until the user logs in; the address does not change. */
export function LoginPage() {
  const messages = useMessages()
  const { session, enter } = useSession()
  if (session.needsSetup) {
    return (
      <Gate title={messages.session.setupTitle}>
        <p>{messages.session.needsSetup}</p>
        <p className="muted">{messages.session.setupNoCode}</p>
        <Copy text="holdfast web status" />
      </Gate>
    )
  }
  return (
    <Gate title={session.server ? messages.session.logInTo(session.server.host) : messages.session.logIn}>
      <LoginForm onDone={enter} />
    </Gate>
  )
}
