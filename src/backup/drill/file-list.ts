import { type Listed, type MemberList, sizeOf } from '../contents/member-list.ts'

/** The unpacked files, compared with the members of their archive, which are known before: no second list of them is kept. */
export interface FileList {
  /**
   * Receives the list of what was unpacked: of each file, folder and symbolic link `f`, `d` or `l`, size, mode, time in seconds, inode, number of links, path; after
   * a link `=`, target; of contents `#`, SHA-256, path; with blanks, and a null character at its end.
   */
  see(chunk: Buffer): void
  /** How they differ, as the rest of sentences that begin with the name of the archive. */
  differences(): readonly string[]
  /** The number of files whose contents were compared. */
  readonly digests: number
  /** Members that were not restored because their paths, or those of their targets, are too long. Known after the differences. */
  readonly tooLong: number
}

const LISTED = 5
// PATH_MAX with its null character is 4096.
const PATH_BYTES = 4095
const ENTRY = /^(?<type>[fdl]) (?<size>\d+) (?<bits>[0-7]+) (?<time>-?\d+)\.?\d* (?<inode>\d+) (?<names>\d+) (?<path>[\s\S]+)$/u
const DIGEST = /^# (?<digest>[0-9a-f]{64}) [ *](?<path>[\s\S]+)$/u

export function listFiles(members: MemberList): FileList {
  const found = openDifferences()
  const { differs } = found
  const links = compareLinks(members, found)
  let digests = 0
  let tooLong = 0
  const takeEntry = (part: string) => {
    const { type, size, bits = '', time, inode = '', names, path = '' } = ENTRY.exec(part)?.groups ?? {}
    links.see({ path, isLink: type === 'l', ...(names !== '1' && { inode }) })
    const member = type === 'f' ? members.take(path) : type === 'd' ? members.take(`${path}/`) : undefined
    if (member === undefined) return
    const isFile = type === 'f'
    const restored = { mode: Number.parseInt(bits, 8), ...(isFile && { bytes: Number(size), seconds: Number(time) }) }
    for (const how of entryDifferences(member, restored)) differs(() => `has a member "${nameOf(path)}" ${how}`)
  }
  const takeDigest = (part: string) => {
    const { digest, path = '' } = DIGEST.exec(part)?.groups ?? {}
    const wanted = digest === undefined ? undefined : members.takeDigest(path)
    if (digest === undefined || wanted === undefined) return
    digests += 1
    if (Buffer.from(digest, 'hex').toString('latin1', 0, 16) !== wanted) differs(() => `has a member "${nameOf(path)}", restored with other contents`)
  }
  const take = (part: string) => {
    if (part.startsWith('#')) takeDigest(part)
    else if (part.startsWith('=')) links.target(part.slice(2))
    else takeEntry(part)
  }
  let rest = ''
  return {
    see(chunk) {
      const parts = (rest + chunk.toString('latin1')).split('\0')
      rest = parts.pop() ?? ''
      parts.forEach(take)
    },
    differences() {
      tooLong = 0
      for (const path of members.expected()) {
        if (isTooLong(path)) {
          tooLong += 1
          members.takeDigest(path)
        } else differs(() => `has a member "${nameOf(path)}" that was not restored`)
      }
      tooLong += links.end()
      return found.all()
    },
    get digests() {
      return digests
    },
    get tooLong() {
      return tooLong
    },
  }
}

/** What is undefined is not compared. */
function entryDifferences(member: Listed, { bytes, mode, seconds }: Partial<Listed>): readonly string[] {
  const [size, time] = [bytes === undefined ? undefined : sizeOf(bytes), member.seconds ?? seconds]
  return [
    ...(size !== undefined && size !== member.bytes ? [`of ${member.bytes} bytes, restored with ${size}`] : []),
    ...(member.mode !== undefined && mode !== member.mode ? [`with mode ${octal(member.mode)}, restored with ${octal(mode ?? 0)}`] : []),
    ...(seconds !== undefined && seconds !== time ? [`modified at ${timeOf(time)}, restored with ${timeOf(seconds)}`] : []),
  ]
}

interface Differences {
  readonly differs: (text: () => string) => void
  all(): readonly string[]
}

function openDifferences(): Differences {
  const listed: string[] = []
  let count = 0
  return {
    differs(text) {
      count += 1
      if (count <= LISTED) listed.push(text())
    },
    all: () => (count > LISTED ? [...listed, `differs in ${count - LISTED} more files`] : listed),
  }
}

interface UnpackedName {
  readonly path: string
  /** If it has several names. */
  readonly inode?: string
  readonly isLink: boolean
}

/** Symbolic links by their targets, hard links by the file that they share with theirs. */
function compareLinks(members: MemberList, { differs }: Differences) {
  const inodes = new Map<string, string>()
  const targets = new Map<string, string>()
  let last = ''
  const compareHard = (path: string, target: string): boolean => {
    const [own, other] = [inodes.get(path), inodes.get(target)]
    if (own !== undefined && own === other) return true
    if (members.isOpen(target)) return true
    if (isTooLong(path) || isTooLong(target)) return false
    differs(() => `has a hard link "${nameOf(path)}" to "${nameOf(target)}" that was not restored as such`)
    return true
  }
  const compareSymbolic = (path: string, target: string): boolean => {
    const found = targets.get(path)
    if (found === target) return true
    if (isTooLong(path) || isTooLong(target)) return false
    const how = found === undefined ? 'that was not restored' : `restored with the target "${nameOf(found)}"`
    differs(() => `has a link "${nameOf(path)}" to "${nameOf(target)}", ${how}`)
    return true
  }
  return {
    see({ path, inode, isLink }: UnpackedName) {
      if (isLink) last = path
      if (inode !== undefined) inodes.set(path, inode)
    },
    /** Of the link that was seen last. */
    target(target: string) {
      // As in the list of members.
      if (members.links().get(last)?.isHard === false) targets.set(last, Buffer.from(nameOf(target)).toString('latin1'))
    },
    /** The number of links that were not restored because a path is too long. */
    end(): number {
      const all = [...members.links()]
      return all.filter(([path, { target, isHard }]) => !(isHard ? compareHard : compareSymbolic)(path, target)).length
    },
  }
}

function isTooLong(path: string): boolean {
  return path.length - Number(path.endsWith('/')) > PATH_BYTES
}

function timeOf(seconds = 0): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

function nameOf(path: string): string {
  return Buffer.from(path, 'latin1').toString()
}
