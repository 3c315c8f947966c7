/** Splits the output of a program into lines. Keeps at most one line of at most 16 KiB: a longer one is split. */
export interface LineSplitter {
  /** The lines that are complete now. CR counts as the end of a line, for progress output; empty lines are omitted. */
  take(text: string): readonly string[]
  /** The incomplete last line. */
  rest(): readonly string[]
}

const LONGEST_CHARS = 16 * 1024

export function openLineSplitter(): LineSplitter {
  let waiting = ''
  const kept = (lines: readonly string[]) => lines.map((it) => it.trimEnd()).filter((it) => it !== '')
  return {
    take(text) {
      const lines = `${waiting}${text}`.split(/\r\n|[\r\n]/u)
      waiting = lines.pop() ?? ''
      const pieces: string[] = []
      for (; waiting.length > LONGEST_CHARS; waiting = waiting.slice(LONGEST_CHARS)) pieces.push(waiting.slice(0, LONGEST_CHARS))
      return kept([...lines, ...pieces])
    },
    rest() {
      const rest = kept([waiting])
      waiting = ''
      return rest
    },
  }
}
