import { randomUUID } from 'node:crypto'
import { makeLink } from '../accounts/links.ts'
import { recordRefusal } from '../accounts/login.ts'
import { AUDIT_LIMITS, pruneAudit } from '../accounts/prune-audit.ts'
import { listUsers } from '../accounts/users.ts'
import { openAncestorApi } from '../app/web/ancestor/open-ancestor-api.ts'
import { openWeb } from '../app/web/open-web.ts'
import { readPages } from '../app/web/pages.ts'
import type { Peers } from '../app/web/peers/open-peers.ts'
import { findServer, lockServer, ServerError, type ServerMode } from '../app/web/server-lock.ts'
import { untrustedProxyWarning } from '../app/web/untrusted-proxy.ts'
import type { WebHost } from '../app/web/web-host.ts'
import { VERSION } from '../lib/assets.ts'
import { DAY_MS } from '../lib/durations.ts'
import { messageOf } from '../lib/errors.ts'
import type { WebSpec } from '../plan/web.ts'
import { openHeldLines } from './access/held-lines.ts'
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
    const heldLines = openHeldLines({ accounts: web.accounts, note: host.note })
    const api: Api = { web, streams, build, hasPages: pages !== undefined, basePath: web.spec.basePath, loginLimiter, heldLines }
    let url: string | undefined
    let untrustedProxy: string | undefined
    const onUntrustedProxy = (address: string) => {
      if (untrustedProxy !== undefined) return
      untrustedProxy = address
      const { message, hint } = untrustedProxyWarning(address)
      host.note(`${message}. ${hint}`)
      // If the server has not started yet, it is recorded then.
      if (url !== undefined) void lock.announce(url, address).catch(() => undefined)
    }
    const listener = openApp({ api, pages, ancestor: openAncestorApi(web.plans, web.data), onUntrustedProxy })
    const stopWatching = watchChanges(web, streams)
    const stopPruning = pruneDaily(web)
    try {
      const listening = await listen({ spec: web.spec, port: portOf(web.spec, mode), listener, note: host.note }).catch(async (error: unknown) => {
        throw (await whyTaken(mode, web)) ?? error
      })
      const setupUrl = await setupOf(api, listening.url)
      // First the output: a program that waits for the record then reads all of it.
      onListening({ url: listening.url, ...(setupUrl !== undefined && { setupUrl }) })
      const known = untrustedProxy
      await lock.announce(listening.url, known)
      ;({ url } = listening)
      // Found by a request meanwhile.
      if (untrustedProxy !== known) await lock.announce(url, untrustedProxy)
      await ended(host.signals.stop)
      stopWatching()
      streams.close()
      await listening.close()
    } finally {
      stopPruning()
      stopWatching()
      streams.close()
      await heldLines.close()
      await web.close()
    }
  } finally {
    await lock.release()
  }
}

function portOf({ port, apiPort = port ?? 5556 }: WebSpec, mode: ServerMode): number {
  return mode === 'api' ? apiPort : (port ?? 5555)
}

/** Of an address that a server has recorded. */
function portIn(url: string): number | undefined {
  const port = /:(?<port>\d+)(?:\/|$)/u.exec(url)?.groups?.['port']
  return port === undefined ? undefined : Number(port)
}

/** If the other server of this host has the port that this one is to have. */
async function whyTaken(mode: ServerMode, { spec, host }: Api['web']): Promise<ServerError | undefined> {
  const other = await findServer(mode === 'api' ? 'pages' : 'api', host)
  const port = portOf(spec, mode)
  if (other === undefined || portIn(other.url) !== port) return undefined
  const what = mode === 'api' ? 'the web server with pages' : 'the web server of the API alone'
  return new ServerError('cannot-listen', `port ${port} is used by ${what} (process ${other.pid})`, {
    hint: 'The server with pages also serves the API. To run both, set "api-port" in the section "web" ("api_port" in KristaBackup\'s format).',
  })
}

/** Keeps the audit log within its limits, from the start of the server on. Returns the function that ends it. */
function pruneDaily({ accounts, spec, host }: Api['web']): () => void {
  const prune = () =>
    void pruneAudit(accounts, { ...AUDIT_LIMITS, ...spec.audit }).catch((error: unknown) =>
      host.note(`could not remove old lines of the audit log: ${messageOf(error)}`),
    )
  prune()
  const timer = setInterval(prune, DAY_MS)
  timer.unref()
  return () => clearInterval(timer)
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
