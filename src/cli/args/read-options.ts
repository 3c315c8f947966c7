import { resolve } from 'node:path'
import type { KeyFiles } from '../../app/sets/restore-keys.ts'
import type { IntoServer } from '../../app/sets/restore-sets.ts'
import { UsageError } from '../../app/usage-error.ts'
import type { AccountRole } from '../../app/web/manage-users.ts'
import { parseServer } from '../../backup/into-database/database-server.ts'
import { parseBytes } from '../../lib/format.ts'
import type { CliHost } from '../cli-host.ts'
import { hasFlag, type Invocation } from './options.ts'

/** The files of `--identity` and `--passphrase-file`. */
export function keyFiles({ options: { identity, passphraseFile } }: Invocation): KeyFiles {
  return { ...(typeof identity === 'string' && { identity }), ...(typeof passphraseFile === 'string' && { passphraseFile }) }
}

/** The value of `--storage`. */
export function storageOption({ options: { storage } }: Invocation): string | undefined {
  return typeof storage === 'string' ? storage : undefined
}

/** The percentage of `--sample 10%`. Throws `UsageError`. */
export function percentOption({ options: { sample } }: Invocation): number | undefined {
  if (typeof sample !== 'string') return undefined
  const percent = /^\d+(?:\.\d+)?%?$/u.test(sample) ? Number.parseFloat(sample) : 0
  if (percent > 0 && percent <= 100) return percent
  throw new UsageError(`invalid percentage "${sample}"`, { hint: 'Write a percentage above 0 and up to 100, such as 10%.' })
}

/** The number of `--workers 4`. Throws `UsageError`. */
export function workersOption({ options: { workers } }: Invocation): number | undefined {
  if (workers === undefined) return undefined
  const count = /^\d{1,4}$/u.test(String(workers)) ? Number(workers) : 0
  if (count >= 1 && count <= 1024) return count
  throw new UsageError(`invalid number "${String(workers)}"`, { hint: 'Write a number from 1 to 1024.' })
}

/** The bytes of `--memory 2GiB`. Throws `UsageError`. */
export function memoryOption({ options: { memory } }: Invocation): number | undefined {
  if (memory === undefined) return undefined
  const bytes = parseBytes(String(memory))
  if (bytes !== undefined && bytes > 0) return bytes
  throw new UsageError(`invalid size "${String(memory)}"`, { hint: 'Write a size, such as 2GiB.' })
}

/** The bytes per second of `--rate 20MiB/s`. Throws `UsageError`. */
export function rateOption({ options: { rate } }: Invocation): number | undefined {
  if (typeof rate !== 'string') return undefined
  const bytes = parseBytes(rate.replace(/\/s$/u, ''))
  if (bytes !== undefined && bytes > 0) return bytes
  throw new UsageError(`invalid rate "${rate}"`, { hint: 'Write bytes per second, such as 20MiB/s.' })
}

// The variables by which clients find their own settings and passwords.
const KEPT = ['HOME', 'USER', 'PGPASSFILE', 'PGSSLMODE', 'PGSSLROOTCERT']

/** The value of `--into`; undefined without it. Throws `UsageError`, also for options that cannot be combined with it. */
export function intoOption({ args, options }: Invocation, { env }: CliHost): IntoServer | undefined {
  const { into, passwordFile } = options
  if (typeof into !== 'string') return undefined
  const other = ['to', 'path', 'raw', 'numericOwner'].find((name) => options[name] !== undefined)
  if (other !== undefined) throw new UsageError('--into cannot be combined with --to, --path, --raw or --numeric-owner')
  if (args.length !== 3) throw new UsageError('--into needs exactly one object', { hint: 'Usage: restore TASK SET OBJECT --into SERVER.' })
  const server = parseServer(into)
  // The invalid part may be a password.
  if ('wrong' in server) throw new UsageError('invalid value of --into', { hint: server.wrong })
  const environment = Object.fromEntries(KEPT.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
  const trust = { trustDump: options['trustDump'] === true, unconfined: options['unconfined'] === true }
  return {
    server,
    ...trust,
    login: { environment, ...(typeof passwordFile === 'string' && { password: { kind: 'file', path: resolve(passwordFile) } }) },
  }
}

/** The role of `web users`. Throws a `UsageError`. */
export function roleOption(invocation: Invocation): AccountRole | undefined {
  if (hasFlag(invocation, 'admin')) return 'admin'
  if (hasFlag(invocation, 'plain')) return 'viewer'
  const role = invocation.options['role']
  if (role === undefined || role === 'viewer' || role === 'operator' || role === 'admin') return role
  throw new UsageError(`invalid role "${String(role)}"`, { hint: 'Valid roles: viewer, operator, admin.' })
}
