/** The members of an archive that GNU tar lists while it writes it, with `--verbose` given twice. */
export interface MemberCounts {
  readonly lines: number
  /** The sum of the sizes of the regular files, each with its size in the archive as extracted. */
  readonly bytes: number
}

export interface MemberCounter {
  see(chunk: Buffer): void
  readonly counts: MemberCounts
}

// Mode, owner (names may contain spaces), size, and the time of modification. tar escapes line breaks in names.
const DATED_FILE = /^[-C]\S{9}\S* .*? +(?<size>\d+) \d{4,}-\d\d-\d\d \d\d:\d\d /u
// Times far away are in seconds.
const UNDATED_FILE = /^[-C]\S{9}\S* .*? +(?<size>\d+) -?\d+ /u
const LINE_FEED = 10

export function listedMemberCounter(): MemberCounter {
  let [lines, bytes] = [0, 0]
  let rest = ''
  return {
    get counts() {
      return { lines, bytes }
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
      for (const line of complete) bytes += sizeOf(line)
    },
  }
}

function sizeOf(line: string): number {
  return Number((DATED_FILE.exec(line) ?? UNDATED_FILE.exec(line))?.groups?.['size'] ?? 0)
}
