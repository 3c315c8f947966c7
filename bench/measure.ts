import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

export interface Measured {
  /** Median of the rounds. */
  readonly seconds: number
  /** Largest resident size of any single process of it, in any round. */
  readonly peakMiB: number
}

export interface Contestant {
  readonly name: string
  readonly argv: readonly [string, ...string[]]
  readonly env?: Readonly<Record<string, string>>
  /** Undoes what a round left, untimed. */
  readonly clear: () => void
}

/**
 * Runs every contestant once a round, so that a slow moment of the machine meets all of them; each round begins with another one, and nobody begins before what
 * others wrote is on the disk. The first round warms up and does not count.
 */
export async function compare(contestants: readonly Contestant[], rounds: number): Promise<ReadonlyMap<string, Measured>> {
  const seconds = new Map<string, number[]>()
  const peaks = new Map<string, number>()
  for (let round = 0; round <= rounds; round++) {
    for (const contestant of [...contestants.slice(round % contestants.length), ...contestants.slice(0, round % contestants.length)]) {
      contestant.clear()
      spawnSync('sync')
      const one = await runOnce(contestant)
      contestant.clear()
      if (round > 0) seconds.set(contestant.name, [...(seconds.get(contestant.name) ?? []), one.seconds])
      peaks.set(contestant.name, Math.max(peaks.get(contestant.name) ?? 0, one.peakMiB))
    }
  }
  return new Map(contestants.map(({ name }) => [name, { seconds: median(seconds.get(name) ?? []), peakMiB: peaks.get(name) ?? 0 }]))
}

async function runOnce({ name, argv: [program, ...args], env }: Contestant): Promise<Measured> {
  // %M of time(1) is the peak of the largest process that was waited for, as wait4(2) tells it.
  const child = spawn('/usr/bin/time', ['-f', '%e %M', program, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...env },
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const began = performance.now()
  const [code] = (await once(child, 'close')) as [number | null]
  const seconds = (performance.now() - began) / 1000
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${stderr}`)
  return { seconds, peakMiB: Number(/(\d+)\s*$/u.exec(stderr)?.[1] ?? 0) / 1024 }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
