import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useCallback, useContext, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { Me, Session } from '../../../src/api/schema/session.ts'
import { setCredentials } from '../api/client.ts'
import { queryOf } from '../api/queries.ts'
import { setServerTime } from '../live/clock.ts'

type Server = NonNullable<Session['server']>

interface SessionState {
  readonly session: Session
  /** Sets the session from the response of an operation: a login, a new password. */
  readonly enter: (session: Session) => void
  /** The session has ended: displays a login above the page, which is not changed. */
  readonly ended: () => void
}

const SessionContext = createContext<SessionState | undefined>(undefined)
const question = { ...queryOf('readSession'), staleTime: Number.POSITIVE_INFINITY }

export function useSessionQuery() {
  return useQuery(question)
}

interface ProviderProps {
  readonly session: Session
  readonly children: ReactNode
  /** Requests a login above the page. */
  readonly prompt: ReactNode
}

/**
 * Holds the session, and provides its parts to requests. If the session is found to have ended while a page is displayed, the page is kept with what was typed
 * in it, and a login is displayed above it.
 */
export function SessionProvider({ session: answered, children, prompt }: ProviderProps) {
  const client = useQueryClient()
  const [isAsking, setAsking] = useState(false)
  const waiting = useRef<((isIn: boolean) => void)[]>([])
  const latest = useRef(answered)
  const hasEnded = answered.user === null && latest.current.user !== null
  if (!hasEnded) latest.current = answered
  const session = latest.current
  useLayoutEffect(() => {
    if (hasEnded) setAsking(true)
  }, [hasEnded])

  const enter = useCallback(
    (next: Session) => {
      const before = latest.current.user
      latest.current = next
      client.setQueryData(question.queryKey, next)
      setAsking(false)
      for (const go of waiting.current.splice(0)) go(next.user !== null)
      // A different user can have different permissions.
      if (before !== null && before.name !== next.user?.name)
        client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== question.queryKey[0] })
      void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== question.queryKey[0] })
    },
    [client],
  )
  const ended = useCallback(() => {
    if (latest.current.user !== null) setAsking(true)
  }, [])

  // Before the effects of the pages inside, which send the first requests.
  useLayoutEffect(() => {
    setServerTime(session.now)
    setCredentials({
      csrf: () => latest.current.csrf,
      renew: () => {
        if (latest.current.user === null) return Promise.resolve(false)
        setAsking(true)
        return new Promise((resolve) => waiting.current.push(resolve))
      },
    })
  }, [session])

  const value = useMemo(() => ({ session, enter, ended }), [session, enter, ended])
  return (
    <SessionContext value={value}>
      {children}
      {isAsking && prompt}
    </SessionContext>
  )
}

export function useSession(): SessionState {
  const state = useContext(SessionContext)
  if (state === undefined) throw new Error('no session')
  return state
}

const RANKS: Readonly<Record<Me['role'], number>> = { viewer: 0, operator: 1, admin: 2 }

/** Whether the user has the permissions of this role. Buttons that would be rejected are not displayed. */
export function useMay(role: Me['role']): boolean {
  const { user } = useSession().session
  return user !== null && RANKS[user.role] >= RANKS[role]
}

export function useServer(): Server | undefined {
  return useSession().session.server
}
