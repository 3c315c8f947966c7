import { spawnSync } from 'node:child_process'
import type { Random } from '../support/mutations.ts'
import { blockLost, COMMON, exchange, headerChanged, lastData, lose, type Mutation, memberLost, membersOf } from './mutations.ts'

const join = (...parts: readonly Buffer[]) => Buffer.concat(parts)

/** The output of a filter; undefined if it fails. */
function filtered(input: Buffer, program: string, ...args: readonly string[]): Buffer | undefined {
  const { status, stdout } = spawnSync(program, args, { input, maxBuffer: 64 * 1024 * 1024 })
  return status === 0 ? stdout : undefined
}

const decompressed = (object: Buffer) => filtered(object, 'zstd', '-dcq', '--long=31')

function needed<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the filter has failed')
  return value
}

/** A mutation of the stored bytes. One that does not change what they decompress to is none, such as another size of the window. */
function stored({ name, count, mutate }: Mutation): Mutation {
  return {
    name: `stored object: ${name}`,
    count,
    mutate(original, random) {
      const mutant = mutate(original, random)
      const contents = mutant && decompressed(mutant)
      return contents?.equals(needed(decompressed(original))) === true ? undefined : mutant
    },
  }
}

/** A mutation of what tar writes, which is then compressed as the original was. */
function before({ name, count, mutate }: Mutation): Mutation {
  return {
    name: `before compression: ${name}`,
    count,
    mutate(original, random) {
      const archive = needed(decompressed(original))
      const mutant = mutate(archive, random)
      return mutant === undefined || mutant.equals(archive) ? undefined : needed(filtered(mutant, 'zstd', '-q', '-c'))
    },
  }
}

const PAGE = 4096

function zeros(original: Buffer, random: Random): Buffer {
  const changed = Buffer.from(original)
  const at = random(Math.floor(original.length / PAGE)) * PAGE
  changed.fill(0, at, at + PAGE)
  return changed
}

// The header of the frame and that of the first block; the checksum, and what is before it.
const EDGE = 9

/** A bit of each byte of the beginning and the end, one after another. */
function edgeBit(): Mutation['mutate'] {
  let nth = 0
  return (original) => {
    const changed = Buffer.from(original)
    const byte = nth % (2 * EDGE)
    const at = byte < EDGE ? byte : original.length - 2 * EDGE + byte
    changed[at] = (changed[at] ?? 0) ^ (1 << ((5 * nth) % 8))
    nth += 1
    return changed
  }
}

/** zstd also decompresses what these have written, depending on how it was built. */
const OTHERS = ['gzip', 'xz', 'lz4', 'bzip2']

function byOther(): Mutation['mutate'] {
  let nth = 0
  return (original) => {
    const program = OTHERS[nth++ % OTHERS.length] ?? ''
    return needed(filtered(needed(decompressed(original)), program, '-c')).subarray(0, -1 - nth)
  }
}

const CHANGED = 'a bit of the contents of a file flipped'
/** The mutation that only the SHA-256 of the contents can find. */
export const CONTENTS_CHANGED = `before compression: ${CHANGED}`

function contentsChanged(archive: Buffer, random: Random): Buffer | undefined {
  const files = membersOf(archive).filter(({ type, header, to }) => type === '0' && sizeAt(archive, header) > 0 && to > header)
  const file = files[random(files.length)]
  if (file === undefined) return undefined
  const changed = Buffer.from(archive)
  const at = file.header + 512 + random(sizeAt(archive, file.header))
  changed[at] = (changed[at] ?? 0) ^ (1 << random(8))
  return changed
}

const sizeAt = (archive: Buffer, header: number) => Number.parseInt(archive.toString('latin1', header + 124, header + 135), 8)

/** Of an archive of files as it is stored by default: compressed by zstd. */
export function compressedMutations(older: Buffer): readonly Mutation[] {
  const ofStored: readonly Mutation[] = [
    ...COMMON,
    { name: 'a bit of each of the first and the last 9 bytes flipped', count: 2 * EDGE * 2, mutate: edgeBit() },
    { name: '512 bytes lost', count: 20, mutate: lose(512) },
    { name: 'two blocks of 512 bytes exchanged', count: 20, mutate: (original, random) => exchange(original, 512, random) },
    { name: 'a page of zeros', count: 15, mutate: zeros },
    { name: 'its checksum lost', count: 1, mutate: (original) => original.subarray(0, -4) },
    { name: 'an older archive', count: 1, mutate: () => older },
    { name: 'an older archive before it', count: 1, mutate: (original) => join(older, original) },
    { name: 'the beginning of an older archive, the rest of this one', count: 10, mutate: (original, random) => spliced(older, original, random) },
    { name: 'compressed by gzip, xz, lz4 or bzip2, without the end', count: OTHERS.length, mutate: byOther() },
  ]
  const ofArchive: readonly Mutation[] = [
    { name: 'a member lost', count: 15, mutate: memberLost },
    { name: 'the mode, owner, time or target of a member changed', count: 25, mutate: headerChanged },
    { name: 'a block lost', count: 10, mutate: blockLost },
    { name: 'the end of the archive lost', count: 1, mutate: (archive) => archive.subarray(0, lastData(archive)) },
    { name: CHANGED, count: 10, mutate: contentsChanged },
  ]
  return [...ofStored.map(stored), ...ofArchive.map(before)]
}

function spliced(older: Buffer, original: Buffer, random: Random): Buffer {
  const at = random(Math.min(older.length, original.length))
  return join(older.subarray(0, at), original.subarray(at))
}
