import { basename } from 'node:path/posix'
import { messageOf } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import type { Command } from '../../plan/command.ts'
import type { PipelineCall, Processes } from '../../process/processes.ts'
import { type Finding, failing, ofFailure, warning } from './finding.ts'

const DAY_S = 24 * 3600

// Early enough to make and distribute a new key.
const WARN_DAYS = 30

export interface KeyDeps {
  readonly processes: Processes
  readonly call: PipelineCall
  readonly now: Date
}

/** The recipients of a gpg command whose keys are missing, cannot be used, or expire soon. Only the local keyring is searched, as when the command runs. */
export async function checkKeys(command: Command, deps: KeyDeps): Promise<readonly Finding[]> {
  const recipients = gpgRecipientsOf(command)
  const found: Finding[] = []
  for (const recipient of recipients) {
    try {
      const finding = checkKey(recipient, await listingOf(command, recipient, deps), deps.now)
      if (finding !== undefined) found.push(finding)
    } catch (error) {
      const name = `GnuPG key "${printable(recipient)}"`
      found.push(ofFailure(name, failing(`could not look up the ${name}: ${messageOf(error)}`), deps.call.signal))
    }
  }
  return found
}

/** The recipients of a gpg command that encrypts. */
export function gpgRecipientsOf({ argv: [program, ...rest] }: Command): readonly string[] {
  if (!/^gpg2?$/u.test(basename(program)) || !rest.some((it) => it === '--encrypt' || it === '-e')) return []
  return rest.flatMap((it, index) => (it === '--recipient' || it === '-r' ? (rest[index + 1] ?? []) : []))
}

/** The fingerprints of the main keys of a recipient in the keyring. */
export async function fingerprintsOf(command: Command, recipient: string, deps: KeyDeps): Promise<readonly string[]> {
  const lines = (await listingOf(command, recipient, deps)).split('\n')
  const mains = lines.flatMap((line, index) => (line.startsWith('pub:') ? [lines.slice(index).find((it) => it.startsWith('fpr:'))] : []))
  return mains.flatMap((line) => line?.split(':')[9] ?? [])
}

async function listingOf(command: Command, recipient: string, { processes, call }: KeyDeps): Promise<string> {
  const [program] = command.argv
  const argv = [program, '--batch', '--no-tty', '--quiet', '--no-auto-key-locate', '--with-colons', '--list-keys', '--', recipient] as const
  const listing = { ...command, argv, accept: { min: 0, max: 2 }, extras: [], showStderr: 'never' as const }
  const { output, done } = await processes.startPipeline([listing], { kind: 'stream' }, call)
  const chunks = await output.toArray().catch(() => [])
  await done
  return Buffer.concat(chunks).toString('utf8')
}

interface ListedKey {
  /** The last 16 digits of its fingerprint. */
  readonly id: string
  readonly isMain: boolean
  readonly isUsable: boolean
  readonly encrypts: boolean
  /** Seconds since 1970. */
  readonly expires: number | undefined
}

/** Checks the output of `--with-colons` (GnuPG, doc/DETAILS). */
function checkKey(recipient: string, listing: string, now: Date): Finding | undefined {
  const name = `GnuPG key "${printable(recipient)}"`
  const keys = listing.split('\n').flatMap((line) => keyIn(line) ?? [])
  if (keys.length === 0) return failing(`the ${name} is not in the keyring`)
  // After a change of keys, the old and the new one have the same name: gpg uses one that is valid.
  const ends = ringsOf(keys).flatMap((ring) => endsOf(ring, recipient))
  const end = ends.length > 0 ? Math.max(...ends) : undefined
  if (end === undefined) {
    const past = keys.flatMap(({ expires = Infinity }) => (expires * 1000 <= now.getTime() ? [expires] : []))
    return failing(past.length > 0 ? `the ${name} expired on ${dayOf(Math.max(...past))}` : `the ${name} cannot be used for encryption`)
  }
  const days = Math.floor((end * 1000 - now.getTime()) / 1000 / DAY_S)
  return days < WARN_DAYS ? warning(`the ${name} expires on ${dayOf(end)}, in ${days} d`) : undefined
}

/** Each main key with its subkeys. */
function ringsOf(keys: readonly ListedKey[]): readonly (readonly [ListedKey, ...ListedKey[]])[] {
  return keys.flatMap((main, index) => {
    if (!main.isMain) return []
    const next = keys.findIndex((it, at) => at > index && it.isMain)
    return [[main, ...keys.slice(index + 1, next === -1 ? undefined : next)] as const]
  })
}

/** When the keys expire that gpg may use: those of a valid main key; with an exclamation mark, only the one that is named. */
function endsOf(ring: readonly [ListedKey, ...ListedKey[]], recipient: string): readonly number[] {
  const [main] = ring
  if (!main.isUsable) return []
  const exact = /^(?:0x)?(?<id>[\dA-F]{8,})!$/iu.exec(recipient)?.groups?.['id']?.toUpperCase()
  const isMeant = ({ id }: ListedKey) => exact === undefined || exact.endsWith(id) || id.endsWith(exact)
  const usable = ring.filter((key) => key.encrypts && key.isUsable && isMeant(key))
  return usable.map(({ expires }) => Math.min(expires ?? Infinity, main.expires ?? Infinity))
}

function keyIn(line: string): ListedKey | undefined {
  const fields = line.split(':')
  const [type, validity = ''] = fields
  if (type !== 'pub' && type !== 'sub') return undefined
  const expires = Number.parseInt(fields[6] ?? '', 10)
  return {
    id: (fields[4] ?? '').toUpperCase(),
    isMain: type === 'pub',
    isUsable: !/^[eridn]/u.test(validity),
    // Lower case: this key itself; upper case: the key as a whole.
    encrypts: (fields[11] ?? '').includes('e'),
    expires: Number.isNaN(expires) ? undefined : expires,
  }
}

function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10)
}
