import type { Output } from './output.ts'

/** Lines at the bottom of a terminal, drawn anew in place; what is printed goes above them. */
export interface LiveLines {
  /** Prints whole lines above. */
  print(text: string): void
  /** Takes the lines away until they are drawn again. */
  clear(): void
  /** Takes them away for good. */
  close(): void
}

const UP_AND_CLEAR = '\u001b[1A\u001b[2K'

/** Only for a terminal. The cursor rests below the lines, so that whatever else writes there (a command's own output) begins on a line of its own. */
export function openLiveLines({
  output,
  everyMs,
  render,
}: {
  readonly output: Output
  readonly everyMs: number
  /** The lines as they are now, each narrower than the terminal; none = nothing is shown. */
  readonly render: () => readonly string[]
}): LiveLines {
  let drawn = 0
  let isOpen = true
  const clear = () => {
    if (drawn > 0) output.write(UP_AND_CLEAR.repeat(drawn))
    drawn = 0
  }
  const draw = () => {
    const lines = isOpen ? render() : []
    output.write(lines.map((line) => `${line}\n`).join(''))
    drawn = lines.length
  }
  const timer = setInterval(() => {
    clear()
    draw()
  }, everyMs)
  return {
    print(text) {
      clear()
      output.write(text)
      draw()
    },
    clear,
    close() {
      isOpen = false
      clearInterval(timer)
      clear()
    },
  }
}
