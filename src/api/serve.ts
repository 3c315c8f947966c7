import { randomUUID } from 'node:crypto'
import { makeLink } from '../accounts/links.ts'
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
import { openStreams } from './stream/streams.ts'
import { watchChanges } from './stream/watch-changes.ts'

/** Told when the server listens. */
export interface Served {
  readonly url: string
  /** Where the first account is made; absent where there is one. */
  readonly setupUrl?: string
}

const PORTS: Readonly<Record<ServerMode, number>> = { pages: 5555, api: 5556 }

export interface ServeOptions {
  readonly mode: ServerMode
  readonly onListening: (served: Served) => void
  /** Instead of those of the host's files. */
  readonly peers?: Peers
}

/** Serves until a signal ends it. Rejects with a `ServerError` when it cannot begin. */
export async function serve(host: WebHost, { mode, onListening, peers }: ServeOptions): Promise<void> {
  const lock = await lockServer(mode, host)
  try {
    const web = await openWeb(host, peers)
    const pages = mode === 'pages' ? await readPages() : undefined
    const build = pages?.build ?? VERSION
    const streams = openStreams({ epoch: randomUUID().slice(0, 8), build, clock: host.clock })
    const loginLimiter = openLimiter({ count: 20, perMs: 60_000 })
    const api: Api = { web, streams, build, hasPages: pages !== undefined, basePath: web.spec.basePath, loginLimiter }
    const listener = openApp({ api, pages, ancestor: openAncestorApi(web.plans, web.data) })
    const stopWatching = watchChanges(web, streams)
    try {
      const listening = await listen({ spec: web.spec, port: web.spec.port ?? PORTS[mode], listener, note: host.note })
      const setupUrl = await setupOf(api, listening.url)
      await lock.announce(listening.url)
      onListening({ url: listening.url, ...(setupUrl !== undefined && { setupUrl }) })
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

/** Only who can read what the server prints can make the first account. */
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
