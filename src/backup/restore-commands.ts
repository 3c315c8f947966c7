import type { Command, Extra } from '../plan/command.ts'
import type { SecretRef } from '../plan/secret.ts'

/** What is needed to undo encryption. */
export interface RestoreKeys {
  /** An identity file of age. */
  readonly identity?: string
  /** The password of `openssl enc`, or the passphrase of gpg. */
  readonly passphrase?: SecretRef
  /** What gpg finds its keyring and its agent by: HOME, GNUPGHOME. */
  readonly environment: Readonly<Record<string, string>>
}

const SEARCH_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']
const ENVIRONMENT = { PATH: SEARCH_PATH.join(':'), LC_ALL: 'C' }

/** A program of the host, found where programs are, with no more of our environment than it needs. */
export function programWith(
  argv: Command['argv'],
  options: { readonly environment?: RestoreKeys['environment']; readonly extras?: readonly Extra[] } = {},
): Command {
  return {
    argv,
    environment: { kind: 'exactly', values: { ...ENVIRONMENT, ...options.environment } },
    searchPath: SEARCH_PATH,
    accept: { min: 0, max: 0 },
    showStdout: 'never',
    showStderr: 'verbose',
    ...(options.extras && { extras: options.extras }),
  }
}

const COMPRESSORS: Readonly<Record<string, Command['argv']>> = {
  zstd: ['zstd', '-dcq', '--long=31'],
  gzip: ['gzip', '-dc'],
  xz: ['xz', '-dc'],
  bzip2: ['bzip2', '-dc'],
  lz4: ['lz4', '-dc'],
}

/** The command that undoes a filter, stdin to stdout, or why it cannot be: `unknown`, or the key that is missing, in words. */
export function undoing(filter: string, keys: RestoreKeys): Command | { readonly missing: string } | 'unknown' {
  const compressor = Object.hasOwn(COMPRESSORS, filter) ? COMPRESSORS[filter] : undefined
  if (compressor !== undefined) return programWith(compressor)
  if (filter === 'age')
    return keys.identity === undefined ? { missing: 'name its key file by --identity' } : programWith(['age', '--decrypt', '-i', keys.identity])
  if (filter === 'gpg') return decryptByGpg(keys)
  return decryptByOpenssl(filter, keys)
}

/** `cat`: for bytes that are what they are. */
export function copying(): Command {
  return programWith(['cat'])
}

function decryptByGpg({ passphrase, environment }: RestoreKeys): Command {
  const base = ['gpg', '--batch', '--quiet', '--decrypt'] as const
  if (passphrase === undefined) return programWith(base, { environment })
  const argv = ['gpg', '--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase-file', '/dev/fd/3', '--decrypt'] as const
  return programWith(argv, { environment, extras: [secretFile(passphrase)] })
}

function decryptByOpenssl(filter: string, { passphrase }: RestoreKeys): Command | { readonly missing: string } | 'unknown' {
  const options = /^openssl enc(?<options>(?: [\w-]+)*)$/u.exec(filter)?.groups?.['options']
  if (options === undefined) return 'unknown'
  if (passphrase === undefined) return { missing: 'name the file with its password by --passphrase-file' }
  const argv = ['openssl', 'enc', '-d', ...options.split(' ').filter(Boolean), '-pass', 'file:/dev/fd/3'] as const
  return programWith(argv, { extras: [secretFile(passphrase)] })
}

function secretFile(passphrase: SecretRef): Extra {
  return { kind: 'secret-file', parts: [passphrase, '\n'] }
}

export interface Unpacking {
  readonly folder: string
  /** Shell patterns of members to take; none = all. */
  readonly members: readonly string[]
  /** Owners by their numbers, where this host knows other names than the one backed up. */
  readonly numericOwner: boolean
}

/** GNU tar that unpacks from stdin: modes, and as root owners, extended attributes and ACLs as they were. It never leaves `folder` (tar's own protections). */
export function unpacking({ folder, members, numericOwner }: Unpacking): Command {
  const argv = [
    'tar',
    '-xp',
    '--acls',
    '--xattrs',
    '--xattrs-include=*',
    ...(numericOwner ? ['--numeric-owner'] : []),
    '-f',
    '-',
    '-C',
    folder,
  ] as const
  if (members.length === 0) return programWith(argv)
  // Members are stored with and without a leading "./": one of the two forms of each pattern is never found, for which tar ends with 2.
  const patterns = members.map(bare).flatMap((pattern) => [pattern, `./${pattern}`])
  return { ...programWith([...argv, '--wildcards', '--', ...patterns]), accept: { min: 0, max: 2 } }
}

/** GNU tar that reads an archive from stdin to its end and tells its members. */
export function listing(): Command {
  return programWith(['tar', '-tf', '-'])
}

/** The pattern as tar names its members: relative, without `./` before it or `/` behind. */
export function bare(pattern: string): string {
  return pattern.replace(/^(?:\.?\/)+/u, '').replace(/(?<=.)\/+$/u, '')
}
