/** The numbers of one object in one set, as far as they are known. */
export interface Measured {
  /** Bytes before the filters; of an object whose filters hide that, as stored. */
  readonly size: number
  /** Rows, files or entries. */
  readonly count?: number
  /** Stored bytes, divided by those before the filters. */
  readonly ratio?: number
  readonly durationMs?: number
  /** Rows of the largest tables. */
  readonly tables?: Readonly<Record<string, number>>
}

/** One number that departs from its history. */
export interface Departure {
  /** `suspicious`: rotation waits. `notice`: it is only reported. */
  readonly level: 'notice' | 'suspicious'
  readonly what: 'size' | 'count' | 'ratio' | 'duration' | { readonly table: string }
  readonly now: number
  /** The smallest, the middle and the largest value of the last sets. */
  readonly usual: readonly [least: number, median: number, most: number]
}

/** Fewer sets are not a history. */
export const LEAST_SETS = 7
// The range of two weeks includes weekends.
const RANGE = 14
const DIFFERENCES = 28
// A median absolute deviation of a normal distribution, as its standard deviation.
const NORMAL = 1.4826

/** A limit, on a logarithmic scale: at least `floor`, and `noise` times what changes from set to set. */
interface Limit {
  readonly floor: number
  readonly noise: number
}

const NOTICE = { drop: { floor: 0.15, noise: 4 }, rise: { floor: 0.1, noise: 4 } }
const SUSPICIOUS = { both: { floor: 0.2, noise: 4 }, drop: { floor: 0.5, noise: 6 }, rise: { floor: 0.25, noise: 6 } }
// Compressed data of this ratio does not compress; of that one, it did.
const [INCOMPRESSIBLE, COMPRESSIBLE] = [0.95, 0.9]
const SLOWER = Math.log(5)
const [FEW_BYTES, FEW, FEW_ROWS, SHORT_MS] = [4096, 10, 100, 60_000]
// A table has lost nearly everything.
const EMPTIED = Math.log(10)

/**
 * How an object departs from its own history, oldest first: numbers below the range of the last 14 sets, by more than their usual change; a
 * lower compression ratio. With fewer than 7 sets, nothing. `docs/proofs/drift.md` contains its rates of detection and of false alarms. Decides only.
 */
export function detectDrift(history: readonly Measured[], now: Measured): readonly Departure[] {
  if (history.length < LEAST_SETS) return []
  const [size, count] = [sizesOf(history), countsOf(history)]
  const ratio = seriesOf(history, ({ ratio: it }) => it, { few: 0 })
  const found: Departure[] = []
  const areBothLess = isBelow(size, now.size, SUSPICIOUS.both) && isBelow(count, now.count, SUSPICIOUS.both)
  const addDrop = (what: 'size' | 'count', series: Series | undefined, value: number | undefined) => {
    if (series === undefined || value === undefined) return
    const isSuspicious = areBothLess || isBelow(series, value, SUSPICIOUS.drop)
    if (isSuspicious || isBelow(series, value, NOTICE.drop))
      found.push({ level: isSuspicious ? 'suspicious' : 'notice', what, now: value, usual: series.usual })
  }
  addDrop('size', size, now.size)
  addDrop('count', count, now.count)
  if (ratio !== undefined && now.ratio !== undefined) {
    const isFlat = now.ratio > INCOMPRESSIBLE && ratio.usual[1] < COMPRESSIBLE
    const isSuspicious = isFlat || isAbove(ratio, now.ratio, SUSPICIOUS.rise)
    if (isSuspicious || isAbove(ratio, now.ratio, NOTICE.rise))
      found.push({ level: isSuspicious ? 'suspicious' : 'notice', what: 'ratio', now: now.ratio, usual: ratio.usual })
  }
  return [...found, ...emptiedTables(history, now), ...slower(history, now)]
}

/** The numbers with a history long enough for `detectDrift`. */
export interface ComparedNumbers {
  readonly size: boolean
  readonly count: boolean
}

/** Small numbers, and those that are unknown in too many sets, are not compared. */
export function comparedNumbers(history: readonly Measured[]): ComparedNumbers {
  return { size: sizesOf(history) !== undefined, count: countsOf(history) !== undefined }
}

function sizesOf(history: readonly Measured[]): Series | undefined {
  return seriesOf(history, ({ size: it }) => it, { few: FEW_BYTES })
}

function countsOf(history: readonly Measured[]): Series | undefined {
  return seriesOf(history, ({ count: it }) => it, { few: FEW })
}

interface Series {
  /** Of the last sets. */
  readonly usual: Departure['usual']
  /** On a logarithmic scale: how much it usually changes from one set to the next. */
  readonly noise: number
}

/** Undefined: unknown in too many sets, or too small for a comparison. */
function seriesOf(history: readonly Measured[], of: (it: Measured) => number | undefined, { few }: { readonly few: number }): Series | undefined {
  const values = history.flatMap((it) => of(it) ?? []).slice(-DIFFERENCES - 1)
  if (values.length < LEAST_SETS) return undefined
  const range = values.slice(-RANGE).toSorted((a, b) => a - b)
  const usual = [range[0] ?? 0, median(range), range.at(-1) ?? 0] as const
  if (usual[1] < few) return undefined
  const logs = values.map(logOf)
  const changes = logs.slice(1).map((it, index) => it - (logs[index] ?? it))
  const middle = median(changes.toSorted((a, b) => a - b))
  const deviations = changes.map((it) => Math.abs(it - middle)).toSorted((a, b) => a - b)
  return { usual, noise: NORMAL * median(deviations) }
}

/** `sorted` is not empty. */
function median(sorted: readonly number[]): number {
  const half = sorted.length >> 1
  const [low = 0, high = 0] = [sorted[sorted.length % 2 === 0 ? half - 1 : half], sorted[half]]
  return (low + high) / 2
}

// Nothing is far less than one, but not endlessly.
function logOf(value: number): number {
  return Math.log(Math.max(value, 1e-3))
}

function isBelow(series: Series | undefined, value: number | undefined, limit: Limit): boolean {
  return series !== undefined && value !== undefined && logOf(series.usual[0]) - logOf(value) > limitOf(series, limit)
}

function isAbove(series: Series, value: number, limit: Limit): boolean {
  return logOf(value) - logOf(series.usual[2]) > limitOf(series, limit)
}

function limitOf({ noise }: Series, limit: Limit): number {
  return Math.max(limit.floor, limit.noise * noise)
}

/** Tables that had rows in all of the last sets, and have nearly none now. A table that is missing has none. */
function emptiedTables(history: readonly Measured[], { tables }: Measured): readonly Departure[] {
  const last = history.slice(-RANGE).map((it) => it.tables)
  if (tables === undefined) return []
  return Object.keys(last.at(-1) ?? {}).flatMap((table) => {
    const values = last.flatMap((it) => it?.[table] ?? []).toSorted((a, b) => a - b)
    const [least = 0, now = 0] = [values[0], tables[table]]
    if (values.length < LEAST_SETS || least < FEW_ROWS || logOf(least) - logOf(now) <= EMPTIED) return []
    return [{ level: 'suspicious' as const, what: { table }, now, usual: [least, median(values), values.at(-1) ?? 0] as const }]
  })
}

function slower(history: readonly Measured[], { durationMs }: Measured): readonly Departure[] {
  const series = seriesOf(history, ({ durationMs: it }) => it, { few: 0 })
  if (series === undefined || durationMs === undefined || durationMs < SHORT_MS) return []
  const isSlow = logOf(durationMs) - logOf(series.usual[2]) > SLOWER
  return isSlow ? [{ level: 'notice', what: 'duration', now: durationMs, usual: series.usual }] : []
}
