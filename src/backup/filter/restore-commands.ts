import { type Command, type Extra, SYSTEM_PATH } from '../../plan/command.ts'
import type { JoinedSecret, SecretRef } from '../../plan/secret.ts'
import { isNamedFilter, type NamedFilter } from './inverses.ts'
import { opensslOptions } from './openssl-filter.ts'

/** What is needed to undo encryption. */
export interface RestoreKeys {
  /** An identity file of age. */
  readonly identity?: string
  /** The password of `openssl enc`, or the passphrase of gpg. */
  readonly passphrase?: SecretRef
  /** Identities of age, tried where none is named by `identity`. */
  readonly identities?: readonly SecretRef[]
  /** The passphrase of `gpg --symmetric`, where none is named by `passphrase`. */
  readonly symmetric?: JoinedSecret
  /** What gpg finds its keyring and its agent by: HOME, GNUPGHOME. */
  readonly environment: Readonly<Record<string, string>>
}

const ENVIRONMENT = { PATH: SYSTEM_PATH.join(':'), LC_ALL: 'C' }

/** A program of the host, found where programs are, with no more of our environment than it needs. */
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

/** The command that undoes a filter, stdin to stdout, or why it cannot be: `unknown`, or the key that is missing, in words. */
export function undoing(filter: string, keys: RestoreKeys): Undoing | 'unknown' {
  return isNamedFilter(filter) ? UNDOING[filter](keys) : decryptByOpenssl(filter, keys)
}

/** `cat`: for bytes that are what they are. */
export function copying(): Command {
  return programWith(['cat'])
}

function decryptByAge({ identity, identities = [] }: RestoreKeys): Undoing {
  if (identity !== undefined) return programWith(['age', '--decrypt', '-i', identity])
  if (identities.length === 0) return { missing: 'specify its key file with --identity' }
  const extras = identities.map((it) => secretFile(it))
  return programWith(['age', '--decrypt', ...extras.flatMap((_, index) => ['-i', `/dev/fd/${3 + index}`])], { extras })
}

function decryptByPassphrase({ passphrase, symmetric, environment }: RestoreKeys): Undoing {
  if (passphrase !== undefined) return decryptByGpg({ passphrase, environment })
  if (symmetric === undefined) return { missing: 'specify the file with its passphrase with --passphrase-file' }
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
  if (passphrase === undefined) return { missing: 'specify the file with its password with --passphrase-file' }
  return programWith(['openssl', 'enc', '-d', ...options, '-pass', 'file:/dev/fd/3'], { extras: [secretFile(passphrase)] })
}

function secretFile(secret: SecretRef | JoinedSecret): Extra {
  return { kind: 'secret-file', parts: [...(secret.kind === 'joined' ? secret.parts : [secret]), '\n'] }
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

/** GNU tar that reads an archive from stdin to the end and lists its members. */
export function listing(): Command {
  return programWith(['tar', '-tf', '-'])
}

/** The pattern as tar names its members: relative, without `./` before it or `/` behind. */
export function bare(pattern: string): string {
  return pattern.replace(/^(?:\.?\/)+/u, '').replace(/(?<=.)\/+$/u, '')
}
