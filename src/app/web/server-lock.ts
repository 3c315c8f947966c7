import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { errorsOf } from '../../lib/errors.ts'
import { signalProcess } from '../../process/command/start-detached.ts'
import { identityOf, livenessOf } from '../../process/identity/process-identity.ts'
import { tryLock } from '../../process/tool/flock.ts'
import { openLock } from '../../run/task-lock.ts'
import { stateFolder } from '../host/state-folder.ts'
import type { WebHost } from './web-host.ts'

export class ServerError extends errorsOf('web')<'already-running' | 'cannot-listen' | 'not-stopped'> {}

const record = z.object({
  boot: z.string(),
  pidNamespace: z.string(),
  pid: z.int(),
  start: z.number(),
  url: z.string(),
  untrustedProxy: z.string().optional(),
})
export type ServerRecord = z.infer<typeof record>

/** The pages with the API, or the API alone: at most one server of each. */
export type ServerMode = 'pages' | 'api'

/** The lock of one server. The kernel releases it when the process ends; the file contains the process id for the programs that stop it. */
export interface ServerLock {
  /** Records the address of the server, and a proxy on this host whose headers it does not use. */
  announce(url: string, untrustedProxy?: string): Promise<void>
  release(): Promise<void>
}

/** Rejects with `web/already-running`. */
export async function lockServer(mode: ServerMode, host: Pick<WebHost, 'env' | 'uid'>): Promise<ServerLock> {
  const file = await open(mode, host)
  if (!(await tryLock(file.fd))) {
    const running = await recordIn(file)
    await file.close()
    throw new ServerError('already-running', `the web server is already running${running ? ` (process ${running.pid}, ${running.url})` : ''}`, {
      hint: `Stop it with "holdfast web stop${mode === 'api' ? ' --api' : ''}".`,
    })
  }
  await file.truncate()
  return {
    async announce(url, untrustedProxy) {
      const { start, ...identity } = identityOf(process.pid)
      const text = JSON.stringify({
        ...identity,
        start: start ?? 0,
        url,
        ...(untrustedProxy !== undefined && { untrustedProxy }),
      } satisfies ServerRecord)
      await file.write(text, 0)
    },
    async release() {
      await file.truncate()
      await file.close()
    },
  }
}

/** The running server, from its lock; undefined if none is running. */
export async function findServer(mode: ServerMode, host: Pick<WebHost, 'env' | 'uid'>): Promise<ServerRecord | undefined> {
  const file = await open(mode, host)
  try {
    const found = await recordIn(file)
    return found !== undefined && livenessOf(found) === 'alive' ? found : undefined
  } finally {
    await file.close()
  }
}

const LIMIT_MS = 15_000
const WAIT_MS = 100

/** Requests the server to stop, and waits until it has ended. Returns whether one was running. Rejects with `web/not-stopped` if it has not ended. */
export async function stopServer(mode: ServerMode, host: Pick<WebHost, 'env' | 'uid'>, limitMs = LIMIT_MS): Promise<boolean> {
  const found = await findServer(mode, host)
  if (found === undefined || !signalProcess(found, 'SIGTERM')) return false
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs += WAIT_MS) {
    if (livenessOf(found) !== 'alive') return true
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS))
  }
  throw new ServerError('not-stopped', `the web server (process ${found.pid}) did not end within ${limitMs / 1000} s`, {
    hint: `If it does not end by itself, run "kill -9 ${found.pid}".`,
  })
}

/**
 * Held while a server is started in the background: a second start would replace its output. Rejects with `web/already-running`. Resolves with a
 * function that releases it.
 */
export async function lockStart(mode: ServerMode, { env, uid }: Pick<WebHost, 'env' | 'uid'>): Promise<() => Promise<void>> {
  const file = await openLock(join(stateFolder(env, uid), 'web'), `${mode}-start.lock`)
  if (await tryLock(file.fd)) return () => file.close()
  await file.close()
  throw new ServerError('already-running', 'the web server is already being started', { hint: 'Run "holdfast web status" for its address.' })
}

function open(mode: ServerMode, { env, uid }: Pick<WebHost, 'env' | 'uid'>): Promise<FileHandle> {
  return openLock(join(stateFolder(env, uid), 'web'), `${mode}.lock`)
}

async function recordIn(file: FileHandle): Promise<ServerRecord | undefined> {
  const buffer = Buffer.alloc(4096)
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
  return parseServerRecord(buffer.toString('utf8', 0, bytesRead))
}

/** Undefined if no server has recorded itself. */
export function parseServerRecord(text: string): ServerRecord | undefined {
  try {
    return record.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
