import type { KeyFiles } from '../../app/sets/restore-keys.ts'
import { UsageError } from '../../app/usage-error.ts'
import { parseBytes } from '../../config/native/parse-bytes.ts'
import type { Invocation } from './options.ts'

/** The files that `--identity` and `--passphrase-file` name. */
export function keyFiles({ options: { identity, passphraseFile } }: Invocation): KeyFiles {
  return { ...(typeof identity === 'string' && { identity }), ...(typeof passphraseFile === 'string' && { passphraseFile }) }
}

/** What `--storage` names. */
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

/** The bytes per second of `--rate 20MiB/s`. Throws `UsageError`. */
export function rateOption({ options: { rate } }: Invocation): number | undefined {
  if (typeof rate !== 'string') return undefined
  const bytes = parseBytes(rate.replace(/\/s$/u, ''))
  if (bytes !== undefined && bytes > 0) return bytes
  throw new UsageError(`invalid rate "${rate}"`, { hint: 'Write bytes per second, such as 20MiB/s.' })
}
