import { loadavg } from 'node:os'
import { compareOnce } from './compare-pair.ts'
import type { Pair } from './contestant.ts'
import type { ComparedPair, Part, PartResult } from './part.ts'
import { openSite, type SiteSettings } from './site.ts'

export interface PartSettings extends SiteSettings {
  readonly rounds: number
  /** Of what is measured, in relation to 100 for each other session; larger on a busy machine, so that other programs slow it less. */
  readonly weight: number
  /** The launcher of another version, which takes the place of all other programs. */
  readonly against?: string
}

/** Prepares a part, and runs its pairs in turn, one of each in every round. The first round fills the caches and is not counted. */
export async function runPart(part: Part, settings: PartSettings): Promise<PartResult> {
  const began = performance.now()
  const loadBefore = loadavg()[0] ?? Number.NaN
  const site = openSite(settings)
  try {
    console.error(`${part.name}: preparing`)
    const all = await part.pairs(site)
    const named = all.filter((it) => 'holdfast' in it)
    const pairs = settings.against === undefined ? named : withOtherVersion(named, settings.against)
    const compared = pairs.map((pair) => ({ pair, rounds: [] as ComparedPair['rounds'][number][] }))
    const last = settings.rounds * (part.repeat ?? 1)
    for (let round = 0; round <= last; round++) {
      console.error(`${part.name}: round ${round} of ${last}`)
      for (const { pair, rounds } of compared) {
        const one = await compareOnce(pair, round, settings.weight)
        if (round > 0) rounds.push(one)
      }
    }
    return {
      name: part.name,
      title: part.title(settings.sizes),
      compared: compared.map(({ pair: { holdfast, other, budget }, rounds }) => ({
        holdfast: holdfast.name,
        other: other.name,
        ...(budget !== undefined && { budget }),
        rounds,
      })),
      missing: all.filter((it) => 'missing' in it),
      weight: settings.weight,
      load: [loadBefore, loadavg()[0] ?? Number.NaN],
      seconds: (performance.now() - began) / 1000,
    }
  } finally {
    site.close()
  }
}

/** Each of our contestants once, beside itself in another version. */
function withOtherVersion(pairs: readonly Pair[], launcher: string): readonly Pair[] {
  const ours = new Map(pairs.map(({ holdfast }) => [holdfast.name, holdfast]))
  return [...ours.values()].map((holdfast) => ({
    holdfast,
    other: { ...holdfast, name: `${holdfast.name} of the other version`, argv: [launcher, ...holdfast.argv.slice(1)] },
  }))
}
