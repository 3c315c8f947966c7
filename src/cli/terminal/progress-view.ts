import type { RunEvent } from '../../run/events.ts'
import { watchProgress } from '../../run/fold-events.ts'
import { openLiveLines } from './live-lines.ts'
import type { Output } from './output.ts'
import { renderProgress } from './progress-lines.ts'

/** Live lines at the bottom of a terminal, redrawn in place; other output is printed above them. */
export interface ProgressView {
  watch(event: RunEvent): void
  /** Prints whole lines above the view. */
  print(text: string): void
  /** Removes the view. */
  close(): void
}

interface Deps {
  readonly output: Output
  readonly nowMs: () => number
  readonly everyMs: number
}

/** Only for a terminal. */
export function openProgressView({ output, nowMs, everyMs }: Deps): ProgressView {
  const watcher = watchProgress()
  const render = () => {
    // While a step runs a command, the terminal belongs to the command.
    if (watcher.progress.wanted === 0) return []
    return renderProgress(watcher.progress, { nowMs: nowMs(), columns: output.columns() })
  }
  const lines = openLiveLines({ output, everyMs, render })
  return {
    watch(event) {
      watcher.watch(event, nowMs())
      if (watcher.progress.wanted === 0) lines.clear()
    },
    print: lines.print,
    close: lines.close,
  }
}
