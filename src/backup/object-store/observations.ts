import type { Key, OperationContext, Storage } from '../../storage/storage.ts'
import { keyOfRun, type MarkerDeps, OBSERVATIONS, putText, readText, timeOf } from './markers.ts'

export interface Observation {
  /** The set that it is about, and where it is noted. */
  readonly name: string
  /** What was looked at, and what it was. */
  readonly what: string
  readonly value: string
  readonly termMs: number
  readonly deps: MarkerDeps
}

/** Of one set; more were not noted by us. */
const MOST_OBSERVATIONS = 200

/**
 * Whether something has been the same for at least `termMs`, by our own clock alone, which goes on through many runs of one boot: what was seen is noted in
 * the set beside it. Seen for the first time, or seen changed, it is noted, and counts as changed.
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

/** Where we note what we have seen of a set. */
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
