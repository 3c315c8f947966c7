import type { Command } from '../../../plan/command.ts'
import type { EncryptionKey } from '../keys.ts'
import type { CompressInput } from '../schema/filters.ts'
import { commandIn, type Settings } from '../settings.ts'

/** Stages after the source, and the extensions that they add to a name. */
export interface Filters {
  readonly stages: readonly Command[]
  readonly suffix: string
}

/** A compressor from stdin to stdout; none for `none`. */
export function compressor(input: CompressInput, settings: Settings): Filters {
  const { method, level, threads = 0 } = typeof input === 'string' ? { method: input } : input
  const levels = level === undefined ? [] : [`-${level}`]
  switch (method) {
    case 'none':
      return { stages: [], suffix: '' }
    case 'zstd':
      return one(['zstd', '-q', '-c', `-T${threads}`, ...((level ?? 0) > 19 ? ['--ultra'] : []), ...levels], '.zst', settings)
    case 'xz':
      return one(['xz', '-q', '-c', `-T${threads}`, ...levels], '.xz', settings)
    case 'gzip':
      // The compression time in the header would make equal data differ.
      return threads > 1
        ? one(['pigz', '-c', '-n', '-p', String(threads), ...levels], '.gz', settings)
        : one(['gzip', '-c', '-n', ...levels], '.gz', settings)
    default:
      return method satisfies never
  }
}

const GPG = ['gpg', '--batch', '--no-tty', '--quiet', '--compress-algo', 'none'] as const

// Without an explicit count, gpg would start an agent to determine one, and leave it running.
const GPG_ALONE = ['--no-autostart', '--s2k-digest-algo', 'SHA512', '--s2k-count', '65011712'] as const

/** An encryption program for all these keys, which are of one kind. */
export function encryptor(keys: readonly EncryptionKey[], settings: Settings): Filters {
  const [first] = keys
  if (!first) return { stages: [], suffix: '' }
  if (first.kind === 'passphrase') return byPassphrase(first.parts, settings)
  const recipients = keys.flatMap((it) => (it.kind === 'passphrase' ? [] : it.recipients))
  if (first.kind === 'age') return one(['age', '--encrypt', ...recipients.flatMap((it) => ['-r', it])], '.age', settings)
  // The ownership of a key is not checked: it was named in the configuration.
  // Keys are not looked up on the network, where a run at night would wait for them.
  return one(
    [...GPG, '--no-auto-key-locate', '--trust-model', 'always', '--encrypt', ...recipients.flatMap((it) => ['--recipient', it]), '--output', '-'],
    '.gpg',
    settings,
  )
}

function byPassphrase(parts: (EncryptionKey & { kind: 'passphrase' })['parts'], settings: Settings): Filters {
  const stage = commandIn(
    settings,
    [
      ...GPG,
      '--pinentry-mode',
      'loopback',
      '--cipher-algo',
      'AES256',
      ...GPG_ALONE,
      '--symmetric',
      '--passphrase-file',
      '/dev/fd/3',
      '--output',
      '-',
    ],
    { extras: [{ kind: 'secret-file', parts }] },
  )
  return { stages: [stage], suffix: '.gpg' }
}

// Not gpg: it may start an agent.
const FILTERS = new Set(['zstd', 'xz', 'gzip', 'pigz', 'age'])

function one(argv: Command['argv'], suffix: string, settings: Settings): Filters {
  return { stages: [commandIn(settings, argv, FILTERS.has(argv[0]) ? { isFilter: true } : {})], suffix }
}
