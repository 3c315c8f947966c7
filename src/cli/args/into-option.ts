import { resolve } from 'node:path'
import type { IntoServer } from '../../app/sets/restore-sets.ts'
import { UsageError } from '../../app/usage-error.ts'
import { parseServer } from '../../backup/into-database/database-server.ts'
import type { World } from '../world.ts'
import type { Invocation } from './options.ts'

// By what the clients find their own settings and passwords.
const KEPT = ['HOME', 'USER', 'PGPASSFILE', 'PGSSLMODE', 'PGSSLROOTCERT']

/** What `--into` asks for; undefined without it. Throws `UsageError`, also for options that do not go with it. */
export function intoOption({ args, options }: Invocation, { env }: World): IntoServer | undefined {
  const { into, passwordFile } = options
  if (typeof into !== 'string') return undefined
  const other = ['to', 'path', 'raw', 'numericOwner'].find((name) => options[name] !== undefined)
  if (other !== undefined) throw new UsageError('--into cannot be combined with --to, --path, --raw or --numeric-owner')
  if (args.length !== 3) throw new UsageError('--into needs exactly one object', { hint: 'Usage: restore TASK SET OBJECT --into SERVER.' })
  const server = parseServer(into)
  // What is wrong may be a password in it.
  if ('wrong' in server) throw new UsageError('invalid value of --into', { hint: server.wrong })
  const environment = Object.fromEntries(KEPT.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
  const trust = { trustDump: options['trustDump'] === true, unconfined: options['unconfined'] === true }
  return {
    server,
    ...trust,
    login: { environment, ...(typeof passwordFile === 'string' && { password: { kind: 'file', path: resolve(passwordFile) } }) },
  }
}
