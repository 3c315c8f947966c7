import { createHash, type Hash } from 'node:crypto'
import { unescapedBytes } from '../archive/tar-escapes.ts'
import { type SampledMember, sampleMembers } from './member-sample.ts'

/** The members of an archive that GNU tar lists while it writes it, with `--verbose` given twice, `--full-time` and `--utc`. */
export interface MemberCounts {
  readonly lines: number
  /** The sum of the sizes of the regular files, each with its size in the archive as extracted. */
  readonly bytes: number
  /** The SHA-256 of the list, as in `docs/format/manifest.md`. Absent if a line could not be read. */
  readonly digest?: string
  /** Members with an access control list or extended attributes. Absent: none, or unknown. */
  readonly attributes?: number
  /** Some of the regular files, chosen at random. Absent if a line could not be read, or if there are none. */
  readonly sample?: readonly SampledMember[]
}

export interface MemberCounter {
  see(chunk: Buffer): void
  /** Of the complete lines. */
  readonly counts: MemberCounts
}

// Mode, with a mark for attributes, owner (names may contain spaces), size, and the time of modification. tar escapes line breaks in names.
const DATED = /^(?<modes>\S{10})(?<mark>\S*) +(?<owner>.*?) +(?<size>\d+(?:,\d+)?) (?<date>\d{4,}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) +(?<name>.*)$/su
// Times far away are in seconds.
const UNDATED = /^(?<modes>\S{10})(?<mark>\S*) +(?<owner>.*?) +(?<size>\d+(?:,\d+)?) -?\d+ +(?<name>.*)$/su
const LINE_FEED = 10

export function listedMemberCounter(): MemberCounter {
  let [lines, bytes] = [0, 0]
  const marks = countMarks()
  const sample = sampleMembers()
  let rest = ''
  // Undefined if a line could not be read.
  let hash: Hash | undefined = createHash('sha256')
  return {
    get counts() {
      const digest = hash?.copy().digest('hex')
      if (digest === undefined) return { lines, bytes }
      const sampled = sample.found()
      return { lines, bytes, digest, ...marks.found(), ...(sampled.length > 0 && { sample: sampled }) }
    },
    see(chunk) {
      const end = chunk.lastIndexOf(LINE_FEED)
      if (end === -1) {
        rest += chunk.toString('latin1')
        return
      }
      const complete = `${rest}${chunk.toString('latin1', 0, end)}`.split('\n')
      rest = chunk.toString('latin1', end + 1)
      lines += complete.length
      let text = ''
      for (const line of complete) {
        const member = memberOf(line)
        if (member === undefined) hash = undefined
        else {
          bytes += member.bytes
          marks.see(member.mark)
          text += member.text
          if (member.file !== undefined) sample.see(member.file)
        }
      }
      hash?.update(text, 'latin1')
    },
  }
}

/** Of attributes: `+`, an access control list; `*`, others. Instead of the latter, tar marks a context of SELinux, if it saves those. */
function countMarks() {
  let [attributes, others] = [0, 0]
  return {
    see(mark: string) {
      if (mark === '+' || mark === '*') attributes += 1
      else if (mark !== '') others += 1
    },
    found: (): Pick<MemberCounts, 'attributes'> => (attributes > 0 && others === 0 ? { attributes } : {}),
  }
}

interface ReadLine {
  readonly bytes: number
  readonly mark: string
  readonly text: string
  readonly file?: SampledMember
}

function memberOf(line: string): ReadLine | undefined {
  const { modes = '', mark = '', owner, size = '0', date, name = '' } = (DATED.exec(line) ?? UNDATED.exec(line))?.groups ?? {}
  if (owner === undefined) return undefined
  const isFile = /^[-C]/u.test(modes)
  // Four digits of the year.
  const isListed = date !== undefined && date[4] === '-' && date >= '1970'
  const unescaped = unescapedBytes(name)
  const text = memberLine({
    modes,
    owner,
    size: isFile || size.includes(',') ? size : '0',
    date: isListed ? date : undefined,
    name: unescaped,
  })
  const bytes = isFile ? Number(size) : 0
  return { bytes, mark, text, ...(modes.startsWith('-') && { file: { name: unescaped, bytes } }) }
}

/** A member in a list of which the digest is recorded. All texts are bytes, as Latin-1. */
export interface ListedMember {
  /** The type and the permissions, as in `ls -l`: ten characters. */
  readonly modes: string
  /** Of the user and the group, with a slash between them. */
  readonly owner: string
  /** Of a regular file, or the numbers of a device. */
  readonly size: string
  /** In UTC, with a fraction that does not end in 0. Absent: before 1970, or after 9999. */
  readonly date: string | undefined
  /** With the target of a link. */
  readonly name: string
}

export function memberLine({ modes, owner, size, date = '-', name }: ListedMember): string {
  return `${modes} ${owner} ${size} ${date} ${name.replace(/^ +/u, '')}\n`
}
