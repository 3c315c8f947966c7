import { bySetName, formatSetName, formLike } from '../set/set-name.ts'
import type { SetSummary } from '../set/set-store.ts'
import { countsForRotation, decideRotation, type RotationPolicy } from './decide-rotation.ts'

/** What is expected to happen. */
export interface Forecast {
  readonly present: readonly SetSummary[]
  readonly policy: RotationPolicy
  /** The runs, in order; each makes a complete set, as large as the newest one. */
  readonly runs: readonly Date[]
  /** The drills, in order; each proves the newest set. */
  readonly drills: readonly Date[]
  /** When the holds of sets end; a held set that is not there is held for ever. */
  readonly holdsEnd: ReadonlyMap<string, Date>
}

/** A day on which a set is made, in UTC. */
export interface ForecastDay {
  readonly day: string
  /** The sets after the last run of the day, oldest first. */
  readonly sets: readonly string[]
  readonly bytes: bigint
  readonly removed: readonly { readonly name: string; readonly reason: string }[]
  /** Why sets were kept that the rules would let go. */
  readonly waits?: string
}

/** What will be there on each day, if every run and every drill succeeds. Decides only, by the same rules as a rotation. */
export function simulateRotation({ present, policy, runs, drills, holdsEnd }: Forecast): readonly ForecastDay[] {
  const days = new Map<string, ForecastDay>()
  const bytes = present.findLast(countsForRotation)?.bytes ?? 0n
  let sets = present.toSorted(bySetName)
  let proven = [...(policy.provenSets ?? [])]
  let drilled = 0
  for (const run of runs) {
    for (; (drills[drilled] ?? run) < run; drilled += 1) {
      const newest = sets.findLast(countsForRotation)?.name
      if (newest !== undefined) proven = [...proven.filter((it) => it !== newest), newest]
    }
    const current = formatSetName(run, formLike(sets.at(-1)?.name))
    if (sets.some(({ name }) => name === current)) continue
    // The new set is of this host.
    const host = policy.ownHost
    sets = [...sets, { name: current, state: 'complete', bytes, ...(host && { host }) }]
    const held = new Map([...(policy.held ?? [])].filter(([name]) => (holdsEnd.get(name)?.getTime() ?? Infinity) >= run.getTime()))
    const { expire, waits } = decideRotation(sets, { ...policy, held, provenSets: proven }, current)
    const gone = new Set(expire.map(({ name }) => name))
    sets = sets.filter(({ name }) => !gone.has(name))
    const day = run.toISOString().slice(0, 10)
    const removed = [...(days.get(day)?.removed ?? []), ...expire.map(({ name, reason }) => ({ name, reason }))]
    const total = sets.reduce((sum, it) => sum + it.bytes, 0n)
    days.set(day, { day, sets: sets.map(({ name }) => name), bytes: total, removed, ...(waits !== undefined && { waits }) })
  }
  return [...days.values()]
}
