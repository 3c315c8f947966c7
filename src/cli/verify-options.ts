import { pacedSets } from '../backup/paced-sets.ts'
import type { SetStore } from '../backup/set-store.ts'
import type { VerifyOptions } from '../backup/verify.ts'
import { parseBytes } from '../config/native/parse-bytes.ts'
import type { Plan } from '../plan/plan.ts'
import type { OwnedTarget } from '../plan/sets-of.ts'
import { openProcesses } from '../process/open-processes.ts'
import { DEFAULT_LIMITS } from '../process/processes.ts'
import { contentOf } from './content-of.ts'
import { hasFlag, type Invocation, UsageError } from './options.ts'
import { secretResolver } from './resolve-secret.ts'
import { restoreKeys } from './restore-keys.ts'
import { recordFolder } from './state-folder.ts'
import { newRunId } from './wire.ts'
import type { World } from './world.ts'

/** How sets are to be read, as the options of `verify` say. The caller closes it. */
export interface Reading {
  pace(sets: SetStore): SetStore
  optionsFor(owned: OwnedTarget): VerifyOptions
  close(): Promise<void>
}

export async function openReading(invocation: Invocation, world: World, plan: Plan): Promise<Reading> {
  const percent = percentOption(invocation)
  const rate = rateOption(invocation)
  const isDeep = hasFlag(invocation, 'deep')
  const keys = await restoreKeys(invocation, world, plan)
  const { clock, signals } = world
  const processes = isDeep
    ? openProcesses({
        runId: newRunId(clock()),
        resolveSecret: secretResolver(world),
        ignoredSignals: signals.ignored(),
        recordFolder: recordFolder(world),
      })
    : undefined
  // Programs that read along must be ended with us.
  if (isDeep) signals.arm()
  return {
    pace: (sets) => (rate === undefined ? sets : pacedSets(sets, rate)),
    optionsFor: ({ step }) => ({
      ...(percent !== undefined && { sample: { percent, random: Math.random } }),
      ...(processes && { deep: { processes, limits: DEFAULT_LIMITS, keys, contentOf: contentOf(step) } }),
    }),
    close: async () => {
      await processes?.close()
    },
  }
}

function percentOption({ options: { sample } }: Invocation): number | undefined {
  if (typeof sample !== 'string') return undefined
  const percent = /^\d+(?:\.\d+)?%?$/u.test(sample) ? Number.parseFloat(sample) : 0
  if (percent > 0 && percent <= 100) return percent
  throw new UsageError(`invalid percentage "${sample}"`, { hint: 'Write a percentage above 0 and up to 100, such as 10%.' })
}

function rateOption({ options: { rate } }: Invocation): number | undefined {
  if (typeof rate !== 'string') return undefined
  const bytes = parseBytes(rate.replace(/\/s$/u, ''))
  if (bytes !== undefined && bytes > 0) return bytes
  throw new UsageError(`invalid rate "${rate}"`, { hint: 'Write bytes per second, such as 20MiB/s.' })
}
