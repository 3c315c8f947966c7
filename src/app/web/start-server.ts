import { closeSync, constants } from 'node:fs'
import { join } from 'node:path'
import { openFileInSync } from '../../files/entries.ts'
import { closeFolderSync } from '../../files/folder.ts'
import { openOrMakeFolderSync } from '../../files/open-by-path.ts'
import { readSmallSync } from '../../files/read-small.ts'
import { PROGRAM } from '../../lib/assets.ts'
import { startDetached } from '../../process/command/start-detached.ts'
import { livenessOf } from '../../process/identity/process-identity.ts'
import { stateFolder } from '../host/state-folder.ts'
import { findServer, lockStart, ServerError, type ServerMode } from './server-lock.ts'
import type { WebHost } from './web-host.ts'

// A slow host may take minutes. The wait ends sooner if the server does.
const TRIES = 3000
const WAIT_MS = 100

/** Starts the server in the background. Resolves with its output when it listens; rejects with the reason if it fails to start. */
export async function startServer(mode: ServerMode, host: WebHost): Promise<string> {
  const release = await lockStart(mode, host)
  try {
    return await startAlone(mode, host)
  } finally {
    await release()
  }
}

async function startAlone(mode: ServerMode, host: WebHost): Promise<string> {
  const { env, uid, choice } = host
  const running = await findServer(mode, host)
  if (running !== undefined)
    throw new ServerError('already-running', `the web server is already running (process ${running.pid}, ${running.url})`, {
      hint: `Stop it with "holdfast web stop${mode === 'api' ? ' --api' : ''}".`,
    })
  const folder = openOrMakeFolderSync(join(stateFolder(env, uid), 'web'), 0o700)
  const name = `${mode}.log`
  const log = openFileInSync(folder, name, { flags: constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC })
  const path = `${folder.path}/${name}`
  closeFolderSync(folder)
  const words = [
    ...(choice.file === undefined ? [] : ['-f', choice.file]),
    ...(choice.allowsUnsafe ? ['--allow-unsafe-permissions'] : []),
    ...['web', 'start', '--foreground', ...(mode === 'api' ? ['--api'] : [])],
  ]
  const environment = Object.fromEntries(Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])))
  const { identity } = startDetached({ argv: [PROGRAM, ...words], environment, outputs: [log, log] })
  closeSync(log)
  for (let tries = 0; tries < TRIES; tries += 1) {
    if ((await findServer(mode, host)) !== undefined) return readSmallSync(path).toString('utf8')
    if (livenessOf(identity) !== 'alive') break
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS))
  }
  throw failureIn(readSmallSync(path).toString('utf8'), path)
}

/** The error that the server has printed. */
function failureIn(output: string, path: string): ServerError {
  const { message, hint } = /^error: (?<message>.*)(?:\n {2}hint: (?<hint>.*))?$/mu.exec(output)?.groups ?? {}
  const last = output.trim().split('\n').at(-1)
  return new ServerError('cannot-listen', message ?? (last || 'the web server did not start'), { hint: hint ?? `See "${path}".` })
}
