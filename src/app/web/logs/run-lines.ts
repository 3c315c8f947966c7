import type { Journal } from '../../../journal/journal.ts'

export interface RunLine {
  readonly at: Date
  readonly level: number
  readonly kind: string
  readonly text: string
}

/** The logs of runs as lines, cached while they are viewed. */
export interface RunLines {
  /** Rejects with `journal/no-run`. */
  read(run: string): Promise<readonly RunLine[]>
}

const MAX_LOGS = 4
const RUNNING_FRESH_MS = 1000

export function openRunLines(journal: Journal): RunLines {
  const kept = new Map<string, { readonly lines: Promise<readonly RunLine[]>; readonly isFinal: boolean; readonly atMs: number }>()
  return {
    async read(run) {
      const known = kept.get(run)
      if (known !== undefined && (known.isFinal || performance.now() - known.atMs < RUNNING_FRESH_MS)) return known.lines
      // Checked first: otherwise lines written just before the run ended would be missed.
      const { state } = await journal.run(run)
      const lines = journal.log(run).then(linesOf)
      kept.delete(run)
      kept.set(run, { lines, isFinal: state !== 'running', atMs: performance.now() })
      lines.catch(() => kept.delete(run))
      const [oldest] = kept.keys()
      if (kept.size > MAX_LOGS && oldest !== undefined) kept.delete(oldest)
      return lines
    },
  }
}

/** The output of a program arrives in pieces that can end anywhere. */
function linesOf(log: Awaited<ReturnType<Journal['log']>>): readonly RunLine[] {
  const lines: RunLine[] = []
  let open: RunLine | undefined
  for (const { at, level, kind, text } of log) {
    if (open !== undefined && open.kind !== kind) {
      lines.push(open)
      open = undefined
    }
    const [first = '', ...more] = text.split('\n')
    const start = open ? { ...open, text: open.text + first } : { at, level, kind, text: first }
    const all = [start, ...more.map((it) => ({ at, level, kind, text: it }))]
    open = all.pop()
    lines.push(...all)
    // Only the output of programs continues a line.
    if (open !== undefined && kind !== 'stderr' && kind !== 'stdout') {
      if (open.text !== '' || more.length === 0) lines.push(open)
      open = undefined
    }
  }
  if (open !== undefined && open.text !== '') lines.push(open)
  return lines
}
