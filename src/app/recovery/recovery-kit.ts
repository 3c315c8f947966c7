import { recordsOf } from '../../backup/restore/restore-set.ts'
import { AppError, messageOf } from '../../lib/errors.ts'
import type { Plan, StorageSpec } from '../../plan/plan.ts'
import { DEFAULT_LIMITS } from '../../process/processes.ts'
import { chosenPerStep, type PlacedSet, withPlacedSets } from '../contents/placed-sets.ts'
import type { Host } from '../host/host.ts'
import { openHostProcesses } from '../host/wire.ts'
import { fingerprintsOf, gpgRecipientsOf } from '../preview/check-keys.ts'
import { commandsOf } from '../preview/host-checks.ts'
import { contentOf } from '../sets/open-verification.ts'
import { requestedSets, type SetsRequest } from '../sets/sets-request.ts'

/** What a stranger needs to restore this host, besides the sets and the secret keys. */
export interface RecoveryKit {
  readonly files: readonly string[]
  readonly contacts: readonly string[]
  readonly steps: readonly KitStep[]
  readonly keys: readonly KitKey[]
  /** Whether every storage could be read. */
  readonly isWhole: boolean
}

export interface KitStep {
  readonly task: string
  readonly step: string
  readonly storages: readonly { readonly name?: string; readonly storage: StorageSpec }[]
  /** Absent: no complete set, or it could not be read. */
  readonly newest?: { readonly set: string; readonly objects: readonly KitObject[] }
}

export interface KitObject {
  readonly path: string
  readonly bytes: number
  readonly kind?: string
  /** The encryption by which it can be read only with a secret. */
  readonly encryption?: string
}

export interface KitKey {
  readonly kind: 'age' | 'gpg'
  readonly recipient: string
  /** Of the public key in the keyring. Empty: unknown. */
  readonly fingerprints: readonly string[]
}

/** Gathers the kit from the configuration and the newest set of each step. A storage that cannot be read is a failure reported to `host`. */
export async function recoveryKit(request: SetsRequest, host: Host): Promise<RecoveryKit> {
  const { plan, acceptRoot, trustRoot } = request
  const owned = requestedSets(request)
  host.signals.arm()
  return withPlacedSets(owned, { ...host, acceptRoot, trustRoot }, async ({ sets, isWhole }) => {
    const newest = chosenPerStep(sets, 'latest')
    const steps: KitStep[] = []
    for (const { task, step, targets } of owned) {
      const set = newest.find((it) => it.task === task && it.step.name === step.name)
      const found = set && (await newestOf(set, host))
      const storages = targets.flatMap(({ name, storage }) => (storage.kind === 'null' ? [] : [{ ...(name !== undefined && { name }), storage }]))
      steps.push({ task, step: step.name, storages, ...(found && { newest: found }) })
    }
    return { files: plan.files, contacts: plan.contacts ?? [], steps, keys: await keysOf(plan, host), isWhole }
  })
}

async function newestOf({ summary, step, places }: PlacedSet, host: Host): Promise<KitStep['newest']> {
  for (const { sets } of places) {
    try {
      const { records } = await recordsOf(sets, { set: summary.name, contentOf: contentOf(step) }, { signal: host.signals.stop })
      return { set: summary.name, objects: records.map(kitObject) }
    } catch (error) {
      if (!(error instanceof AppError) || host.signals.stop.aborted) throw error
      host.fail(error)
    }
  }
  return undefined
}

const ENCRYPTIONS = /^(?:age|gpg|openssl)/u

function kitObject({ path, bytes, kind, filters }: Awaited<ReturnType<typeof recordsOf>>['records'][number]): KitObject {
  const encryption = filters.find((filter) => ENCRYPTIONS.test(filter))
  return { path, bytes, ...(kind !== undefined && { kind }), ...(encryption !== undefined && { encryption }) }
}

/** The public keys for which the plan encrypts. */
async function keysOf(plan: Plan, host: Host): Promise<readonly KitKey[]> {
  const keys = new Map<string, KitKey>()
  const processes = openHostProcesses(host)
  try {
    for (const command of [...plan.tasks.values()].flatMap(({ steps }) => steps.flatMap(commandsOf))) {
      for (const recipient of ageRecipientsOf(command.argv)) keys.set(`age ${recipient}`, { kind: 'age', recipient, fingerprints: [] })
      for (const recipient of gpgRecipientsOf(command)) {
        if (keys.has(`gpg ${recipient}`)) continue
        const deps = { processes, call: { signal: host.signals.stop, limits: DEFAULT_LIMITS }, now: host.clock() }
        const fingerprints = await fingerprintsOf(command, recipient, deps).catch((error: unknown) => {
          host.note(`could not look up the GnuPG key "${recipient}": ${messageOf(error)}`)
          return []
        })
        keys.set(`gpg ${recipient}`, { kind: 'gpg', recipient, fingerprints })
      }
    }
    return [...keys.values()]
  } finally {
    await processes.close()
  }
}

function ageRecipientsOf([program, ...words]: readonly string[]): readonly string[] {
  if (program === undefined || !/(?:^|\/)age$/u.test(program)) return []
  return words.flatMap((word, index) => (word === '-r' || word === '--recipient' ? (words[index + 1] ?? []) : []))
}
