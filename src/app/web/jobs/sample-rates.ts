interface Sample {
  readonly atMs: number
  readonly bytes: number
}

/** The rates of objects over the last seconds, from their sizes at several times. */
export interface Rates {
  add(path: string, sample: Sample): void
  remove(path: string): void
  /** Undefined until two times are known. */
  perSecond(path: string): number | undefined
}

const RATE_MS = 5000

export function sampleRates(): Rates {
  const samples = new Map<string, readonly Sample[]>()
  return {
    add(path, sample) {
      const kept = samples.get(path) ?? []
      // At least the previous one: records can be further apart than the measured time.
      const recent = kept.filter((it, index) => sample.atMs - it.atMs <= RATE_MS || index === kept.length - 1)
      samples.set(path, [...recent, sample])
    },
    remove(path) {
      samples.delete(path)
    },
    perSecond(path) {
      const [first, ...more] = samples.get(path) ?? []
      const last = more.at(-1)
      return first && last && last.atMs > first.atMs ? Math.max(0, ((last.bytes - first.bytes) * 1000) / (last.atMs - first.atMs)) : undefined
    },
  }
}
