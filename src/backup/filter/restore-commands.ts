import { type Command, type Extra, SYSTEM_PATH } from '../../plan/command.ts'
import type { JoinedSecret, SecretRef } from '../../plan/secret.ts'
import { isNamedFilter, type NamedFilter } from './inverse-filters.ts'
import { opensslOptions } from './openssl-filter.ts'

/** The secrets needed for decryption. */
export interface RestoreKeys {
  /** An identity file of age. */
  readonly identity?: string
  /** The password of `openssl enc`, or the passphrase of gpg. */
  readonly passphrase?: SecretRef
  /** Identity files of age, used if `identity` is not set. */
  readonly identities?: readonly SecretRef[]
  /** The passphrase of `gpg --symmetric`, used if `passphrase` is not set. */
  readonly symmetric?: JoinedSecret
  /** The variables by which gpg finds its keyring and its agent: HOME, GNUPGHOME. */
  readonly environment: Readonly<Record<string, string>>
}

const ENVIRONMENT = { PATH: SYSTEM_PATH.join(':'), LC_ALL: 'C' }

/** A program of the host, found in the default search path, with a minimal environment. */
export function programWith(
  argv: Command['argv'],
  options: { readonly environment?: RestoreKeys['environment']; readonly extras?: readonly Extra[] } = {},
): Command {
  return {
    argv,
    environment: { kind: 'exactly', values: { ...ENVIRONMENT, ...options.environment } },
    searchPath: SYSTEM_PATH,
    accept: { min: 0, max: 0 },
    showStdout: 'never',
    showStderr: 'verbose',
    ...(options.extras && { extras: options.extras }),
  }
}

type Undoing = Command | { readonly missing: string }

const UNDOING: { readonly [F in NamedFilter]: (keys: RestoreKeys) => Undoing } = {
  zstd: () => programWith(['zstd', '-dcq', '--long=31']),
  gzip: () => programWith(['gzip', '-dc']),
  xz: () => programWith(['xz', '-dc']),
  bzip2: () => programWith(['bzip2', '-dc']),
  lz4: () => programWith(['lz4', '-dc']),
  gpg: decryptByGpg,
  'gpg --symmetric': decryptByPassphrase,
  age: decryptByAge,
}

/** The command that reverses a filter, stdin to stdout, or the reason why there is none: `unknown`, or the missing key, in words. */
export function undoing(filter: string, keys: RestoreKeys): Undoing | 'unknown' {
  return isNamedFilter(filter) ? UNDOING[filter](keys) : decryptByOpenssl(filter, keys)
}

/** `cat`: for data without filters. */
export function copying(): Command {
  return programWith(['cat'])
}

function decryptByAge({ identity, identities = [] }: RestoreKeys): Undoing {
  if (identity !== undefined) return programWith(['age', '--decrypt', '-i', identity])
  if (identities.length === 0) return { missing: 'specify the key file with --identity, or in the configuration, as "identity" of the key' }
  const extras = identities.map((it) => secretFile(it))
  return programWith(['age', '--decrypt', ...extras.flatMap((_, index) => ['-i', `/dev/fd/${3 + index}`])], { extras })
}

function decryptByPassphrase({ passphrase, symmetric, environment }: RestoreKeys): Undoing {
  if (passphrase !== undefined) return decryptByGpg({ passphrase, environment })
  if (symmetric === undefined) return { missing: 'specify the file with the passphrase with --passphrase-file' }
  return decryptByGpg({ passphrase: symmetric, environment })
}

function decryptByGpg({
  passphrase,
  environment,
}: Pick<RestoreKeys, 'environment'> & { readonly passphrase?: SecretRef | JoinedSecret | undefined }): Command {
  const base = ['gpg', '--batch', '--quiet', '--decrypt'] as const
  if (passphrase === undefined) return programWith(base, { environment })
  const argv = ['gpg', '--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase-file', '/dev/fd/3', '--decrypt'] as const
  return programWith(argv, { environment, extras: [secretFile(passphrase)] })
}

function decryptByOpenssl(filter: string, { passphrase }: RestoreKeys): Undoing | 'unknown' {
  const options = opensslOptions(filter)
  if (options === undefined) return 'unknown'
  if (passphrase === undefined) return { missing: 'specify the file with the password with --passphrase-file' }
  return programWith(['openssl', 'enc', '-d', ...options, '-pass', 'file:/dev/fd/3'], { extras: [secretFile(passphrase)] })
}

function secretFile(secret: SecretRef | JoinedSecret): Extra {
  return { kind: 'secret-file', parts: [...(secret.kind === 'joined' ? secret.parts : [secret]), '\n'] }
}

export interface Unpacking {
  readonly folder: string
  /** The members to unpack, folders with their contents; empty: all. */
  readonly members: readonly string[]
  /** They are shell patterns. */
  readonly areGlobs?: boolean | undefined
  /** Owners by number, for a host with other user names than the original one. */
  readonly numericOwner: boolean
  /** Whether its stdout lists the members with the names of their extended attributes. */
  readonly listsAttributes: boolean
}

/**
 * GNU tar unpacking from stdin, with modes and, as root, owners, extended attributes and ACLs. It never writes outside of `folder` (tar's own
 * protection). It exits with 2 also if only some members cannot be created, or names match no member: its messages differ.
 */
export function unpacking({ folder, members, areGlobs, numericOwner, listsAttributes }: Unpacking): Command {
  const argv = [
    'tar',
    listsAttributes ? '-xpvvv' : '-xp',
    '--acls',
    '--xattrs',
    '--xattrs-include=*',
    ...(numericOwner ? ['--numeric-owner'] : []),
    '-f',
    '-',
    '-C',
    folder,
  ] as const
  const accept = { min: 0, max: 2 }
  if (members.length === 0) return { ...programWith(argv), accept }
  const how = [areGlobs === true ? '--wildcards' : '--no-wildcards', '--no-unquote']
  return { ...programWith([...argv, ...how, '--', ...memberForms(members)]), accept }
}

/** Members are stored with and without a leading "./" or "/": most forms of a name never match. */
export function memberForms(members: readonly string[]): readonly string[] {
  return [...new Set(members.map(typedPath).flatMap((name) => [name, `./${name}`, `/${name}`]))]
}

/** GNU tar reading an archive from stdin to the end and listing its members. */
export function listing(): Command {
  return programWith(['tar', '-tf', '-'])
}

/** A name or pattern in the form of tar's member names: relative, without leading `./` and trailing `/`. */
export function bare(pattern: string): string {
  return pattern.replace(/^(?:\.?\/)+/u, '').replace(/(?<=.)\/+$/u, '')
}

/** The same for a path that was typed, which may have empty parts, such as `etc//ssh` or `etc/./ssh`. */
export function typedPath(path: string): string {
  return bare(path.replace(/\/(?:\.?\/)+/gu, '/'))
}
