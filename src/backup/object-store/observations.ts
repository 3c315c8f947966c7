import type { Key, OperationContext, Storage } from '../../storage/storage.ts'
import { keyOfRun, type MarkerDeps, OBSERVATIONS, putText, readText, timeOf } from './marker-files.ts'

export interface Observation {
  /** The observed set, in which the observation is stored. */
  readonly name: string
  /** The name of the observed fact, and its current value. */
  readonly what: string
  readonly value: string
  readonly termMs: number
  readonly deps: MarkerDeps
}

/** More observations in one set were not stored by Holdfast. */
const MOST_OBSERVATIONS = 200

/**
 * Whether a value has been unchanged for at least `termMs` by the clock of this host, across all runs of this boot. The value and the time are stored
 * in the set. A new or changed value is stored, and counts as changed.
 */
export async function isUnchanged(storage: Storage, { name, what, value, termMs, deps }: Observation, call: OperationContext): Promise<boolean> {
  const time = timeOf(deps)
  const key = observationKey(name, deps)
  const seen = parse(await readText(storage, key, call))
  const known = seen.get(what)
  const nowMs = time.nowMs()
  if (known?.value === value && known.ms <= nowMs) return nowMs - known.ms >= termMs
  seen.set(what, { value, ms: nowMs })
  await putText(storage, key, { text: `${JSON.stringify(Object.fromEntries([...seen].slice(-MOST_OBSERVATIONS)))}\n`, call })
  return false
}

/** The key of the observations made during this boot. */
export function observationKey(name: string, deps: MarkerDeps): Key {
  return `${name}/${OBSERVATIONS}${keyOfRun(timeOf(deps).epoch())}`
}

type Seen = Map<string, { readonly value: string; readonly ms: number }>

function parse(text: string | undefined): Seen {
  try {
    const value: unknown = JSON.parse(text ?? '{}')
    return new Map(
      Object.entries(value ?? {}).filter(
        ([, it]) => typeof it === 'object' && it !== null && 'value' in it && typeof (it as { ms?: unknown }).ms === 'number',
      ),
    )
  } catch {
    return new Map()
  }
}
