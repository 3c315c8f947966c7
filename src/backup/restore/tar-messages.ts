import { unescapedName } from '../../process/archive/tar-escapes.ts'

/** What tar reported while it unpacked. */
export interface TarTroubles {
  /** The number of names without a matching member. */
  readonly missing: number
  /** These names, as far as they are UTF-8. */
  readonly absent: readonly string[]
  /** The number of devices that could not be created. */
  readonly devices: number
  /** The members that other members are hard links to, and that were not unpacked. */
  readonly targets: readonly string[]
  /** What could not be created, or not completely, because its path, or that of the target of a hard link, is longer than the kernel accepts. */
  readonly tooLong?: TooLong
  /** What the file system of the destination cannot store: files that are larger than it permits, and hard links beyond its maximum. */
  readonly unfit?: Unfit
  /** Anything else: the last such message. */
  readonly other?: string
}

export interface TooLong {
  /** The number of members that could not be created. */
  readonly members: number
  /** The first path, in the escaped form of tar. */
  readonly first: string
}

export interface Unfit {
  readonly members: number
  /** The first one, in the escaped form of tar. */
  readonly first: string
}

export interface TarMessages {
  /** The next piece of its stderr. */
  see(text: string): void
  end(): TarTroubles
}

const NOT_FOUND = /^tar: (?<name>.*): Not found in archive$/u
const NO_DEVICE = /^tar: .*: Cannot mknod: Operation not permitted$/u
const NO_TARGET = /^tar: .*: Cannot hard link to '(?<target>.*)': No such file or directory$/u
const CREATING = /^(?:mkdir|open|mknod|mkfifo|create symlink to|hard link to)\b/u
// GNU tar 1.34, src/extract.c and lib/paxlib; ACLs and extended attributes are set after a member was created.
const NAME_TOO_LONG = /^tar: (?:.* for file '(?<file>.*)'|(?<name>.*): Cannot (?<action>.*?)(?: to '(?<target>.*)')?): File name too long$/u
// PATH_MAX is 4096, of which tar needs some bytes for a prefix where it has no descriptor. The cause of the error in a shorter path is a name that is too
// long for the file system: another destination may accept it.
const LONG_PATH_BYTES = 4000
// Users of a file system with larger limits can create such files.
const UNFIT = /^tar: (?<name>.*): Cannot (?:(?:seek to \d+|truncate|write): (?:Invalid argument|File too large)|hard link to '.*': Too many links)$/u
const HARMLESS = /^tar: (?:Exiting with failure status due to previous errors|Removing leading .*)$/u

// More are not unpacked in addition.
const MOST_TARGETS = 1000

/** Follows the messages of tar in the C locale. The names of targets are unpacked, too, literally. */
export function tarMessages(): TarMessages {
  const found = { missing: 0, devices: 0 }
  const targets = new Set<string>()
  const absent: string[] = []
  let tooLong: TooLong | undefined
  let unfit: Unfit | undefined
  let other: string | undefined
  let rest = ''
  const seeName = (line: string) => {
    const target = NO_TARGET.exec(line)?.groups?.['target']
    const name = target === undefined || targets.size >= MOST_TARGETS ? undefined : unescapedName(target)
    const missing = NOT_FOUND.exec(line)?.groups?.['name']
    if (missing !== undefined) {
      found.missing += 1
      absent.push(...[unescapedName(missing)].filter((it) => it !== undefined))
    } else if (NO_DEVICE.test(line)) found.devices += 1
    else if (name !== undefined) targets.add(name)
    else return false
    return true
  }
  const seeLine = (line: string) => {
    if (seeName(line)) return
    const long = tooLongIn(line)
    const misfit = UNFIT.exec(line)?.groups?.['name']
    if (long !== undefined) tooLong = addTooLong(long, tooLong)
    else if (misfit !== undefined) unfit = { members: (unfit?.members ?? 0) + 1, first: unfit?.first ?? misfit }
    else if (line !== '' && !HARMLESS.test(line)) other = line
  }
  return {
    see(text) {
      const lines = `${rest}${text}`.split('\n')
      rest = lines.pop() ?? ''
      lines.forEach(seeLine)
    },
    end() {
      seeLine(rest)
      rest = ''
      return { ...found, absent, targets: [...targets], ...(tooLong && { tooLong }), ...(unfit && { unfit }), ...(other !== undefined && { other }) }
    },
  }
}

interface LongPath {
  readonly path: string
  /** Whether the member could not be created; otherwise, it is not complete. */
  readonly isMissing: boolean
}

/** The member for which a message says that a path is too long. */
function tooLongIn(line: string): LongPath | undefined {
  const { name, action = '', target, file } = NAME_TOO_LONG.exec(line)?.groups ?? {}
  const isLong = [name, target, file].some((path) => path !== undefined && Buffer.byteLength(unescapedName(path) ?? path) > LONG_PATH_BYTES)
  return isLong ? { path: name ?? file ?? '', isMissing: CREATING.test(action) } : undefined
}

function addTooLong({ path, isMissing }: LongPath, { members = 0, first = path }: Partial<TooLong> = {}): TooLong {
  return { members: members + Number(isMissing), first }
}
