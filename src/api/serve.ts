import { randomUUID } from 'node:crypto'
import { makeLink } from '../accounts/links.ts'
import { recordRefusal } from '../accounts/login.ts'
import { listUsers } from '../accounts/users.ts'
import { openAncestorApi } from '../app/web/ancestor/open-ancestor-api.ts'
import { openWeb } from '../app/web/open-web.ts'
import { readPages } from '../app/web/pages.ts'
import type { Peers } from '../app/web/peers/open-peers.ts'
import { lockServer, type ServerMode } from '../app/web/server-lock.ts'
import type { WebHost } from '../app/web/web-host.ts'
import { VERSION } from '../lib/assets.ts'
import { openLimiter } from './access/limiter.ts'
import type { Api } from './context.ts'
import { openApp } from './server/app.ts'
import { listen } from './server/listen.ts'
import { openStreams } from './stream/send-events.ts'
import { watchChanges } from './stream/watch-changes.ts'

/** The addresses of a server that has started. */
export interface ServerAddresses {
  readonly url: string
  /** Where to create the first account; absent if an account exists. */
  readonly setupUrl?: string
}

const PORTS: Readonly<Record<ServerMode, number>> = { pages: 5555, api: 5556 }

export interface ServeOptions {
  readonly mode: ServerMode
  readonly onListening: (addresses: ServerAddresses) => void
  /** Replaces the peers from the files of the host. */
  readonly peers?: Peers
}

/** Runs the server until a signal stops it. Rejects with a `ServerError` if it cannot start. */
export async function serve(host: WebHost, { mode, onListening, peers }: ServeOptions): Promise<void> {
  const lock = await lockServer(mode, host)
  try {
    const web = await openWeb(host, peers)
    const pages = mode === 'pages' ? await readPages() : undefined
    const build = pages?.build ?? VERSION
    const streams = openStreams({ epoch: randomUUID().slice(0, 8), build, clock: host.clock })
    const onLimit = (address: string) => void recordRefusal(web.accounts, { name: '', address, reason: 'too many attempts' }).catch(() => undefined)
    const loginLimiter = openLimiter({ count: 20, perMs: 60_000, onLimit })
    const api: Api = { web, streams, build, hasPages: pages !== undefined, basePath: web.spec.basePath, loginLimiter }
    const listener = openApp({ api, pages, ancestor: openAncestorApi(web.plans, web.data) })
    const stopWatching = watchChanges(web, streams)
    try {
      const listening = await listen({ spec: web.spec, port: web.spec.port ?? PORTS[mode], listener, note: host.note })
      const setupUrl = await setupOf(api, listening.url)
      // First the output: a program that waits for the record then reads all of it.
      onListening({ url: listening.url, ...(setupUrl !== undefined && { setupUrl }) })
      await lock.announce(listening.url)
      await ended(host.signals.stop)
      stopWatching()
      streams.close()
      await listening.close()
    } finally {
      stopWatching()
      streams.close()
      await web.close()
    }
  } finally {
    await lock.release()
  }
}

/** The first account can be created only by a user who can read the output of the server. */
async function setupOf({ web: { accounts, host } }: Api, url: string): Promise<string | undefined> {
  if (listUsers(accounts, { limit: 1 }).total > 0) return undefined
  const { code } = await accounts.write((db) => makeLink(db, host.clock(), undefined))
  return `${url}setup#${code}`
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
