import { type Content, describeContent } from '../../backup/filter/filters.ts'
import type { SetStore } from '../../backup/set/set-store.ts'
import { rateLimitedSets } from '../../backup/store/rate-limited-sets.ts'
import type { VerifyOptions } from '../../backup/verify/verify-set.ts'
import type { BackupStep, Plan } from '../../plan/plan.ts'
import type { OwnedTarget } from '../../plan/steps/sets-of.ts'
import { DEFAULT_LIMITS } from '../../process/processes.ts'
import type { Host } from '../host/host.ts'
import { openHostProcesses } from '../host/wire.ts'
import { type KeyFiles, restoreKeys } from './restore-keys.ts'

/** How sets are read for a verification. */
export interface VerificationOptions {
  /** Percentage of the objects to read, chosen at random. */
  readonly percent?: number | undefined
  /** Maximum bytes per second. */
  readonly rate?: number | undefined
  /** Decrypt, decompress and check the contents. */
  readonly isDeep: boolean
  readonly keyFiles: KeyFiles
}

/** Sets opened for verification. The caller closes them. */
export interface OpenedVerification {
  pace(sets: SetStore): SetStore
  optionsFor(owned: OwnedTarget): VerifyOptions
  close(): Promise<void>
}

export async function openVerification(
  { percent, rate, isDeep, keyFiles }: VerificationOptions,
  plan: Plan,
  host: Host,
): Promise<OpenedVerification> {
  const keys = await restoreKeys(keyFiles, plan, host)
  const processes = isDeep ? openHostProcesses(host) : undefined
  // Programs that participate in reading must be ended with this process.
  if (isDeep) host.signals.arm()
  return {
    pace: (sets) => (rate === undefined ? sets : rateLimitedSets(sets, rate)),
    optionsFor: ({ step }) => ({
      ...(percent !== undefined && { sample: { percent, random: Math.random } }),
      ...(processes && { deep: { processes, limits: DEFAULT_LIMITS, keys, contentOf: contentOf(step) } }),
    }),
    close: async () => {
      await processes?.close()
    },
  }
}

/** How the plan makes an object now: the only information about objects of sets without a manifest. */
export function contentOf({ objects }: Pick<BackupStep, 'objects'>): (path: string) => Content | undefined {
  return (path) => {
    const object = objects.find((it) => it.path === path)
    return object && describeContent(object.stages)
  }
}
