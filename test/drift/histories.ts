import type { Measured } from '../../src/backup/coverage/detect-drift.ts'

/** As `Math.random`, but the same numbers for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export type Random = () => number

const between = (random: Random, low: number, high: number) => low + (high - low) * random()
/** On a logarithmic scale. */
const around = (random: Random, low: number, high: number) => Math.exp(between(random, Math.log(low), Math.log(high)))
const normal = (random: Random, deviation: number) => deviation * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

interface Kind {
  readonly name: string
  /** The growth of a day. */
  readonly growth: readonly [number, number]
  /** What is missing on weekends. */
  readonly weekend: readonly [number, number]
  /** The standard deviation of what changes from day to day. */
  readonly noise: readonly [number, number]
}

export const KINDS: readonly Kind[] = [
  { name: 'database that grows', growth: [0.0005, 0.005], weekend: [0, 0.01], noise: [0.0001, 0.01] },
  { name: 'database of a steady size', growth: [-0.0001, 0.0001], weekend: [0, 0.15], noise: [0.0001, 0.02] },
  { name: 'files', growth: [0, 0.001], weekend: [0, 0.02], noise: [0.001, 0.03] },
  { name: 'configuration', growth: [0, 0.0001], weekend: [0, 0], noise: [0.0001, 0.003] },
  { name: 'logs', growth: [0, 0.0005], weekend: [0.1, 0.8], noise: [0.05, 0.25] },
]

const [DEPLOYED, CLEANED, LUMP] = [1 / 120, 1 / 400, 1 / 250]

/** Sets of consecutive days of one object: growth, weekends, noise that persists, releases, clean-ups, lumps of one day. */
export function history(kind: Kind, days: number, random: Random): readonly Measured[] {
  const [growth, weekend] = [between(random, ...kind.growth), between(random, ...kind.weekend)]
  const [deviation, spread, slowness] = [around(random, ...kind.noise), between(random, 0.001, 0.015), between(random, 0.1, 0.4)]
  const start = Math.log(around(random, 5e6, 5e9))
  const perRow = around(random, 100, 5000)
  let [level, noise, ratio] = [start, 0, Math.log(between(random, 0.12, 0.5))]
  const firstDay = Math.floor(random() * 7)
  return Array.from({ length: days }, (_, day) => {
    level += growth
    noise = 0.5 * noise + normal(random, deviation)
    if (random() < DEPLOYED) {
      level += normal(random, 0.15)
      ratio = Math.min(Math.log(0.9), ratio + normal(random, 0.05))
    }
    if (random() < CLEANED) level += Math.log(1 - between(random, 0.05, 0.4))
    const lump = random() < LUMP ? Math.log(1 + between(random, 0.05, 0.6)) : 0
    const dip = (day + firstDay) % 7 >= 5 ? Math.log(1 - weekend) : 0
    const log = level + noise + dip + lump
    const size = Math.round(Math.exp(log))
    const durationMs = Math.round((size / 1e5) * Math.exp(normal(random, slowness)))
    return { size, count: Math.round((size / perRow) * Math.exp(normal(random, 0.002))), ratio: Math.exp(ratio + normal(random, spread)), durationMs }
  })
}

export interface Fault {
  readonly name: string
  apply(good: Measured, random: Random): Measured
}

const without = (low: number, high: number): Fault['apply'] => {
  return (good, random) => {
    const left = 1 - between(random, low, high)
    return { ...good, size: Math.round(good.size * left), count: Math.round((good.count ?? 0) * left * Math.exp(normal(random, 0.05))) }
  }
}

const encrypted = (share: number): Fault['apply'] => {
  return (good) => ({ ...good, ratio: (1 - share) * (good.ratio ?? 1) + share * 1.001 })
}

export const FAULTS: readonly Fault[] = [
  { name: 'emptied', apply: (good) => ({ ...good, size: 10_240, count: 0 }) },
  { name: 'a mount is missing (20 to 95 % of the data)', apply: without(0.2, 0.95) },
  { name: 'about half of it is missing (40 to 60 %)', apply: without(0.4, 0.6) },
  { name: 'a table or folder is missing (10 to 30 %)', apply: without(0.1, 0.3) },
  { name: 'all data is encrypted', apply: encrypted(1) },
  { name: '30 % of the data is encrypted', apply: encrypted(0.3) },
  { name: '10 % of the data is encrypted', apply: encrypted(0.1) },
]
