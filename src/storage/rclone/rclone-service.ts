import { createCipheriv, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from '../../plan/command.ts'
import type { ResolveSecret } from '../../plan/secret.ts'
import type { RcloneStorageSpec } from '../../plan/storages/rclone-storage.ts'
import { type Service, startService } from '../../process/command/start-service.ts'
import { ProcessError } from '../../process/process-result.ts'
import { StorageError } from '../storage.ts'
import { openRcClient, type RcClient } from './rc-client.ts'

/** An rclone process for this run. */
export interface RcloneService {
  readonly client: RcClient
  readonly isRunning: () => boolean
  /** Resolves when it has ended. */
  readonly ended: Promise<unknown>
  /** How it ended, with the end of its stderr. */
  failure(): Promise<ProcessError>
  stop(): Promise<void>
}

/** The name of the root within rclone. No other part of the remote is in calls or arguments. */
export const ROOT_REMOTE = 'holdfast:'

const START_LIMIT_MS = 30_000
const STOP_LIMIT_MS = 3000
const NEVER = '8760h'

/**
 * Starts `rclone rcd` on a free port of the loopback address, protected by a generated password. All settings are passed in its environment: unknown
 * options are ignored there, and they are not visible in process lists.
 */
export async function startRclone(spec: RcloneStorageSpec, resolveSecret: ResolveSecret): Promise<RcloneService> {
  const [user, password] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')]
  const values = { ...(await environmentOf(spec, resolveSecret)), RCLONE_RC_USER: user, RCLONE_RC_PASS: password }
  const command: Command = { ...spec.program, argv: [...spec.program.argv, 'rcd'], environment: { kind: 'exactly', values } }
  const listening = Promise.withResolvers<number>()
  let output = ''
  const service = await start(command, {
    resolveSecret,
    onStderr: (text) => {
      output = `${output}${text}`.slice(-4096)
      const port = /Serving remote control on http:\/\/127\.0\.0\.1:(?<port>\d+)\//u.exec(output)?.groups?.['port']
      if (port !== undefined) listening.resolve(Number(port))
    },
  })
  let isRunning = true
  void service.ended.then(() => {
    isRunning = false
  })
  const port = await Promise.race([listening.promise, service.ended.then(() => undefined), sleep(START_LIMIT_MS, undefined, { ref: false })])
  if (port === undefined) {
    await service.stop(0)
    throw notServing(await failureOf(service), spec)
  }
  const client = openRcClient({ port, user, password })
  return {
    client,
    isRunning: () => isRunning,
    ended: service.ended,
    failure: () => failureOf(service),
    async stop() {
      client.close()
      await service.stop(STOP_LIMIT_MS)
    },
  }
}

async function environmentOf(spec: RcloneStorageSpec, resolveSecret: ResolveSecret): Promise<Command['environment']['values']> {
  const obscured: Record<string, string> = {}
  for (const [name, parts] of Object.entries(spec.obscured)) {
    const texts = await Promise.all(parts.map((part) => (typeof part === 'string' ? part : resolveSecret(part))))
    obscured[name] = obscure(texts.join(''))
  }
  return {
    ...spec.program.environment.values,
    ...obscured,
    RCLONE_CONFIG_HOLDFAST_TYPE: 'alias',
    RCLONE_CONFIG_HOLDFAST_REMOTE: `${spec.remote}${spec.root}`,
    RCLONE_RC_ADDR: '127.0.0.1:0',
    RCLONE_RC_SERVE: 'true',
    RCLONE_RC_MAX_HEADER_BYTES: '65536',
    // These apply to a whole request: an upload may take days.
    RCLONE_RC_SERVER_READ_TIMEOUT: NEVER,
    RCLONE_RC_SERVER_WRITE_TIMEOUT: NEVER,
    RCLONE_FS_CACHE_EXPIRE_DURATION: NEVER,
    // Otherwise it stores the first 100 KiB of an interrupted body as the whole object, unless it notices the closed connection in time.
    RCLONE_STREAMING_UPLOAD_CUTOFF: '0',
    // Otherwise a move to an object of the same size and time would keep the old one.
    RCLONE_IGNORE_TIMES: 'true',
    RCLONE_ASK_PASSWORD: 'false',
    RCLONE_LOG_LEVEL: 'NOTICE',
    RCLONE_LOG_FILE: '',
    RCLONE_USE_JSON_LOG: 'false',
  }
}

async function start(command: Command, call: Parameters<typeof startService>[1]): Promise<Service> {
  try {
    return await startService(command, call)
  } catch (error) {
    if (!(error instanceof ProcessError)) throw error
    throw new StorageError('unreachable', error.message, { cause: error, hint: 'Install the package "rclone", version 1.60 or newer.' })
  }
}

async function failureOf(service: Service): Promise<ProcessError> {
  const how = await Promise.race([service.ended, sleep(1000, 'no answer from rclone', { ref: false })])
  return new ProcessError('failed', how, { stderrTail: service.stderrTail() })
}

function notServing(cause: ProcessError, { label }: RcloneStorageSpec): StorageError {
  return new StorageError('unreachable', `could not reach "${label}": rclone did not start`, { cause })
}

// Public, and the same in every rclone (its source, fs/config/obscure): it only obscures a password, and does not protect it.
const KEY = Buffer.from('9c935b48730a554d6bfd7c63c886a92bd390198eb8128afbf4de162b8b95f638', 'hex')

/** A password in the form that rclone expects (its manual, `rclone obscure`). */
export function obscure(text: string): string {
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-256-ctr', KEY, iv)
  return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final()]).toString('base64url')
}
