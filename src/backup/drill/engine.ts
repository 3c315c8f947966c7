import { existsSync } from 'node:fs'
import { SYSTEM_PATH } from '../../plan/command.ts'
import type { StoredRecord } from '../restore/restore-jobs.ts'
import { FILES_SCRIPT, LDAP_SCRIPT, MARIADB_SCRIPT, POSTGRESQL_SCRIPT, SQLITE_SCRIPT } from './engine-scripts.ts'

/** How an object is restored in a drill. */
export interface Engine {
  readonly kind: 'postgresql' | 'mariadb' | 'ldap' | 'sqlite' | 'files'
  /** In words: `a temporary PostgreSQL 15`. */
  readonly label: string
  readonly script: string
  readonly args: readonly string[]
  /** Size of the place, by the bytes of the object without filters. */
  readonly room: (bytes: number) => number
}

const MIB = 1024 * 1024

/** The engine for an object. `none`: its kind is unknown, so it can only be read; `missing`: a program that this host lacks. */
export function engineFor(record: StoredRecord): Engine | { readonly none: string } | { readonly missing: string } {
  const { kind, source } = record
  if (source === 'tar') return engine({ kind: 'files', label: 'a temporary folder', script: FILES_SCRIPT, programs: ['tar'], factor: 1.3 })
  switch (kind) {
    case 'postgresql':
      return postgresql(record)
    case 'mariadb': {
      const programs = ['mariadbd', 'mariadb-install-db', 'mariadb', 'mariadb-dump', 'mariadb-admin']
      return engine({ kind, label: 'a temporary MariaDB', script: MARIADB_SCRIPT, programs, factor: 5 })
    }
    case 'ldap':
      return engine({ kind, label: 'a temporary directory', script: LDAP_SCRIPT, programs: ['slapadd', 'slapcat'], factor: 5 })
    case 'sqlite':
      return engine({ kind, label: 'a temporary file', script: SQLITE_SCRIPT, programs: ['sqlite3'], factor: 2 })
    default:
      return { none: 'restoring it: unknown kind' }
  }
}

interface EngineSpec extends Pick<Engine, 'kind' | 'label' | 'script'> {
  readonly programs: readonly string[]
  readonly args?: readonly string[]
  readonly factor: number
}

function engine({ programs, args = [], factor, ...rest }: EngineSpec): Engine | { readonly missing: string } {
  const missing = programs.find((name) => !SYSTEM_PATH.some((folder) => existsSync(`${folder}/${name}`)))
  return missing === undefined ? { ...rest, args, room: (bytes) => Math.ceil(factor * bytes) + 512 * MIB } : { missing: `the program "${missing}"` }
}

// Of Debian, and of the packages of PostgreSQL for RHEL.
const FOLDERS = ['/usr/lib/postgresql/N/bin', '/usr/pgsql-N/bin']
const NEWEST = 40

/** The programs of the server's version, or of the next later one: an older server cannot load the dump. */
function postgresql({ facts, path }: StoredRecord): Engine | { readonly missing: string } {
  const version = Number.parseInt(String(facts?.['server-version'] ?? ''), 10)
  const oldest = Number.isSafeInteger(version) ? version : 9
  for (let major = oldest; major <= NEWEST; major += 1) {
    const bin = FOLDERS.map((it) => it.replace('N', String(major))).find((it) => existsSync(`${it}/initdb`))
    if (bin === undefined) continue
    const what = /(?:^|\/)globals\.[^/]*$/u.test(path) ? 'globals' : 'data'
    return engine({
      kind: 'postgresql',
      label: `a temporary PostgreSQL ${major}`,
      script: POSTGRESQL_SCRIPT,
      programs: [],
      args: [bin, what],
      factor: 5,
    })
  }
  return { missing: `a PostgreSQL server${Number.isSafeInteger(version) ? ` of version ${version} or later` : ''} ("initdb")` }
}
