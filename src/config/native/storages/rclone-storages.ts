import type { Report } from '../../../document/issue-report.ts'
import { type LocatedNode, locationOf, memberOf } from '../../../document/yaml/node.ts'
import type { Environment, Extra } from '../../../plan/command.ts'
import type { HostFacts } from '../../../plan/loading.ts'
import { isExposedAddress } from '../../../plan/storages/exposed-secrets.ts'
import { parseRemote, type RcloneStorageSpec } from '../../../plan/storages/rclone-storage.ts'
import { readSecret } from '../keys.ts'
import type { RcloneInput, SftpInput } from '../schema/rclone-storages.ts'
import { HTTPS_HINT } from '../schema/schema-helpers.ts'
import { commandIn, hostSettings, innerSettings, readVariables } from '../settings.ts'

const STALL_MS = 10 * 60_000

export interface Compiling {
  readonly placed: LocatedNode
  readonly report: Report
  readonly host: HostFacts
}

/** Compiles a storage of the type `rclone`. */
export function compileRclone(input: RcloneInput, { placed, report, host }: Compiling): RcloneStorageSpec {
  const config = input.config === undefined ? {} : { RCLONE_CONFIG: input.config }
  return { ...parseRemote(input.remote), ...common(input, { placed, report, host, values: config }), obscured: {} }
}

/** Compiles a storage of the type `sftp`: an rclone remote that is defined only by environment variables. */
export function compileSftp(input: SftpInput, { placed, report, host }: Compiling): RcloneStorageSpec | undefined {
  const remote = remoteOf(input, { placed, report, host })
  if (!remote) return undefined
  const { values, extras, obscured } = remote
  return {
    label: `${input.user}@${input.host}:${input.root}`,
    remote: 'holdfastsftp:',
    root: input.root.replace(/(?<=[^/])\/+$/u, ''),
    ...common(input, { placed, report, host, values, extras }),
    obscured,
  }
}

interface SftpRemote {
  readonly values: Environment['values']
  readonly extras: readonly Extra[]
  readonly obscured: RcloneStorageSpec['obscured']
}

/** The options of rclone's backend "sftp", and the unnamed files that they refer to. */
function remoteOf(input: SftpInput, { placed, report }: Compiling): SftpRemote | undefined {
  const { 'key-file': keyFile, 'known-hosts': knownHosts, 'host-key': hostKey, port = 22 } = input
  const secrets = readSecrets(input, placed, report)
  if (!secrets) return undefined
  const extras: Extra[] = []
  const file = (parts: NonNullable<(typeof secrets)['key']>) => {
    extras.push({ kind: 'secret-file', parts })
    return `/dev/fd/${2 + extras.length}`
  }
  const keyAt = secrets.key ? file([...secrets.key, '\n']) : keyFile
  const knownAt = hostKey === undefined ? (knownHosts ?? '~/.ssh/known_hosts') : file([`${knownName(input.host, port)} ${hostKey}\n`])
  return {
    values: {
      // No configuration file, so that an encrypted one does not interfere.
      RCLONE_CONFIG: '/dev/null',
      [option('TYPE')]: 'sftp',
      [option('HOST')]: input.host,
      [option('PORT')]: String(port),
      [option('USER')]: input.user,
      ...(keyAt !== undefined && { [option('KEY_FILE')]: keyAt }),
      [option('KNOWN_HOSTS_FILE')]: knownAt,
    },
    extras,
    obscured: {
      ...(secrets.password && { [option('PASS')]: secrets.password }),
      ...(secrets['key-passphrase'] && { [option('KEY_FILE_PASS')]: secrets['key-passphrase'] }),
    },
  }
}

const SECRETS = ['key', 'key-passphrase', 'password'] as const

type Secrets = { readonly [K in (typeof SECRETS)[number]]?: NonNullable<ReturnType<typeof readSecret>> }

function readSecrets(input: SftpInput, placed: LocatedNode, report: Report): Secrets | undefined {
  const read = SECRETS.map(
    (name) => [name, input[name] === undefined ? [] : readSecret(input[name], memberOf(placed, name) ?? placed, report)] as const,
  )
  if (read.some(([, parts]) => parts === undefined)) return undefined
  return Object.fromEntries(read.filter(([name]) => input[name] !== undefined))
}

function option(name: string): string {
  return `RCLONE_CONFIG_HOLDFASTSFTP_${name}`
}

/** In the form of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
function knownName(host: string, port: number): string {
  return port === 22 ? host : `[${host}]:${port}`
}

interface Common extends Compiling {
  readonly values: Environment['values']
  readonly extras?: readonly Extra[]
}

function common(
  input: RcloneInput | SftpInput,
  { placed, report, host, values, extras = [] }: Common,
): Pick<RcloneStorageSpec, 'kind' | 'program' | 'stallMs' | 'completeWhen' | 'bandwidthBytesPerSecond'> {
  const { environment, options = {}, program = 'rclone', bandwidth, 'stall-limit': stallMs } = input
  const settings = innerSettings(hostSettings(host), { ...(environment && { environment }) }, { at: placed, report })
  warnOfExposed(input, placed, report)
  const texts = Object.fromEntries(Object.entries(options).map(([name, value]) => [name, String(value)]))
  const read = readVariables(texts, memberOf(placed, 'options'), report)
  const variables = Object.fromEntries(Object.entries(read).map(([name, value]) => [`RCLONE_${name.toUpperCase().replaceAll('-', '_')}`, value]))
  return {
    kind: 'rclone',
    program: commandIn(settings, [program], {
      values: { ...variables, ...values },
      showStdout: 'never',
      showStderr: 'never',
      ...(extras.length > 0 && { extras }),
    }),
    ...(bandwidth !== undefined && { bandwidthBytesPerSecond: bandwidth }),
    stallMs: stallMs === undefined || stallMs === 0 ? STALL_MS : stallMs,
    completeWhen: 'manifest',
  }
}

const ADDRESS = /(?:^|[=,"'])(?<address>http:\/\/[^\s,"']*)/giu

/** A server that is accessed without encryption, as set by any option of rclone. */
function warnOfExposed({ options = {}, environment = {}, ...input }: RcloneInput | SftpInput, placed: LocatedNode, report: Report): void {
  const named = 'remote' in input ? [['remote', input.remote, placed] as const] : []
  const values = [
    ...named,
    ...Object.entries(options).map(([key, value]) => [key, String(value), memberOf(placed, 'options')] as const),
    ...Object.entries(environment).flatMap(([key, value]) =>
      // A proxy cannot read the encrypted data; it receives its own password.
      /proxy$/iu.test(key) && !String(value).includes('@') ? [] : [[key, String(value), memberOf(placed, 'environment')] as const],
    ),
  ]
  for (const [key, value, at] of values)
    if ([...value.matchAll(ADDRESS)].some(({ groups }) => isExposedAddress(groups?.['address'] ?? '')))
      report.warn(locationOf(memberOf(at, key) ?? placed), `data sent to the address in "${key}" is not encrypted`, HTTPS_HINT)
}
