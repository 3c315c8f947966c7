import type { Output } from './output.ts'

/** Lines at the bottom of a terminal, redrawn in place; other output is printed above them. */
export interface LiveLines {
  /** Prints whole lines above. */
  print(text: string): void
  /** Removes the lines until they are redrawn. */
  clear(): void
  /** Removes them permanently. */
  close(): void
}

const UP_AND_CLEAR = '\u001b[1A\u001b[2K'

/** Only for a terminal. The cursor stays below the lines, so that other output (of commands) starts on a new line. */
export function openLiveLines({
  output,
  everyMs,
  render,
}: {
  readonly output: Output
  readonly everyMs: number
  /** The current lines, each narrower than the terminal; empty: nothing is shown. */
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
