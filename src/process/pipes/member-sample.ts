/** A regular file in the list of an archive. */
export interface SampledMember {
  /** Its name in the archive: bytes, as Latin-1. */
  readonly name: string
  /** As extracted. */
  readonly bytes: number
}

/** More than are compared: most files of a sample may be unsuitable. */
const SIZE = 48
/** Larger files are not sampled, so that reading a sample takes no time to speak of. */
const MOST_BYTES = 256 * 1024

/** A random sample of a list of unknown length: each small file has the same chance (algorithm R: Vitter, ACM TOMS 11, 1985). `random` is as `Math.random`. */
export function sampleMembers(random: () => number = Math.random) {
  const sample: SampledMember[] = []
  let seen = 0
  return {
    see(member: SampledMember) {
      if (member.bytes === 0 || member.bytes > MOST_BYTES) return
      seen += 1
      if (seen <= SIZE) sample.push(member)
      else {
        const place = Math.floor(random() * seen)
        if (place < SIZE) sample[place] = member
      }
    },
    /** At most 48, in random order. */
    found: (): readonly SampledMember[] => shuffled(sample, random),
  }
}

/** Each order has the same chance (Fisher and Yates). */
function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  const rest = [...items]
  return items.flatMap(() => rest.splice(Math.floor(random() * rest.length), 1))
}
