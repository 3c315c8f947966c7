import { Link } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { call } from '../api/client.ts'
import { useLanguage } from '../i18n/language.tsx'
import { LANGUAGES, languageNames } from '../i18n/messages.ts'
import { Icon } from '../ui/icons.tsx'
import { useSession } from './session.tsx'

/** The menu of the user: language, account, keys, logout. */
export function AccountMenu({ onHelp }: { onHelp: () => void }) {
  const { language, choose, messages } = useLanguage()
  const { session } = useSession()
  const [isOpen, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  useLeaving(root, () => setOpen(false))
  const { user } = session
  if (user === null) return null
  const logOut = async () => {
    await call('logOut')
    // All loaded data is removed from this tab.
    location.assign(document.baseURI)
  }
  return (
    <div className="menu" ref={root}>
      <button
        type="button"
        className="button plain"
        aria-expanded={isOpen}
        aria-label={messages.shell.accountOf(user.name)}
        onClick={() => setOpen(!isOpen)}
      >
        <span className="clip account-name">{user.name}</span>
        <Icon name="down" size={14} />
      </button>
      {isOpen && (
        <div>
          <p>
            {user.name}, {messages.shell.roles[user.role]}
          </p>
          <Link to="/account" onClick={() => setOpen(false)}>
            {messages.shell.account}
          </Link>
          {LANGUAGES.filter((it) => it !== language).map((it) => (
            <button key={it} type="button" lang={it} onClick={() => choose(it)}>
              {languageNames[it]}
            </button>
          ))}
          <button
            type="button"
            onClick={() => {
              setOpen(false)
              onHelp()
            }}
          >
            {messages.shell.keys}
          </button>
          <button type="button" onClick={() => void logOut()}>
            {messages.shell.logOut}
          </button>
        </div>
      )}
    </div>
  )
}

/** Closes the menu when the focus or a click moves elsewhere. */
function useLeaving(root: React.RefObject<HTMLElement | null>, onLeave: () => void): void {
  const latest = useRef(onLeave)
  latest.current = onLeave
  useEffect(() => {
    const away = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) latest.current()
    }
    const leave = (event: KeyboardEvent) => {
      if (event.key === 'Escape') latest.current()
    }
    document.addEventListener('pointerdown', away)
    document.addEventListener('focusin', away)
    document.addEventListener('keydown', leave)
    return () => {
      document.removeEventListener('pointerdown', away)
      document.removeEventListener('focusin', away)
      document.removeEventListener('keydown', leave)
    }
  }, [root])
}
