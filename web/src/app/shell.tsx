import { useQueryClient } from '@tanstack/react-query'
import { Link, Outlet, useRouterState } from '@tanstack/react-router'
import { useCallback, useEffect, useRef, useState } from 'react'
import { Zone } from '../format/format.tsx'
import { useMessages } from '../i18n/language.tsx'
import { eventWriter } from '../live/apply-event.ts'
import { openLink } from '../live/link.ts'
import { Logo } from '../ui/icons.tsx'
import { AccountMenu } from './account-menu.tsx'
import { Banners } from './banners.tsx'
import { KeyTable } from './key-table.tsx'
import { useKeys } from './keys.ts'
import { LinkSign } from './link-sign.tsx'
import { NAVIGATION } from './navigation.ts'
import { useMay, useServer, useSession } from './session.tsx'

/** The frame of every page after the login. */
export function Shell() {
  const { shell } = useMessages()
  const server = useServer()
  const [isHelp, setHelp] = useState(false)
  const [newBuild, setNewBuild] = useState(false)
  useEvents(setNewBuild)
  useKeys(useCallback(() => setHelp(true), []))
  const main = useFocusOnMove()
  const mayAdmin = useMay('admin')
  return (
    <Zone name={server?.timeZone ?? 'UTC'}>
      <button type="button" className="button skip" onClick={() => main.current?.focus()}>
        {shell.skip}
      </button>
      <header className="top">
        <div className="top-in">
          <Link to="/" className="brand">
            <Logo />
            <span translate="no">{'Holdfast'}</span>
          </Link>
          <nav className="nav" aria-label={shell.mainNav}>
            {NAVIGATION.filter((it) => !it.isForAdmins || mayAdmin).map(({ to, label }) => (
              <Link key={to} to={to} activeOptions={{ exact: false, includeSearch: false }}>
                {shell[label]}
              </Link>
            ))}
          </nav>
          <span className="push" />
          <LinkSign />
          <AccountMenu onHelp={() => setHelp(true)} />
        </div>
      </header>
      <main id="main" className="page" ref={main} tabIndex={-1}>
        <Banners newBuild={newBuild} />
        <Outlet />
      </main>
      <footer className="foot">
        {server && <span>{shell.version(server.version)}</span>}
        {server && <span>{shell.zone(server.timeZone)}</span>}
        <a href="api/v1/openapi.json">{shell.docs}</a>
      </footer>
      {isHelp && <KeyTable onClose={() => setHelp(false)} />}
    </Zone>
  )
}

/** Opens the stream of events while the user is logged in. */
function useEvents(onNewBuild: (isNew: boolean) => void): void {
  const client = useQueryClient()
  const { ended, session } = useSession()
  // The page and its first session are from the same server.
  const ownBuild = useRef(session.server?.build)
  useEffect(() => {
    const write = eventWriter(client)
    openLink((event) => {
      if (event.kind === 'hello') {
        ownBuild.current ??= event.build
        onNewBuild(event.build !== ownBuild.current)
      }
      if (event.kind === 'session-ended') ended()
      write(event)
    })
  }, [client, ended, onNewBuild])
}

/** After a change of the page, scroll position and focus move to its top. */
function useFocusOnMove() {
  const main = useRef<HTMLElement>(null)
  const path = useRouterState({ select: (it) => it.location.pathname })
  const before = useRef(path)
  useEffect(() => {
    if (before.current !== path) main.current?.focus({ preventScroll: true })
    before.current = path
  }, [path])
  return main
}
