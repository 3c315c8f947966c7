export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed'
  readonly text: string
}

export interface DiffPart {
  /** The line number in the new text, from 1. */
  readonly from: number
  readonly lines: readonly DiffLine[]
}

const AROUND = 3
/** The maximum number of comparisons; beyond it, the differing lines are one block. */
const LIMIT = 4_000_000

/** The lines that differ, with three lines of context. Empty if the texts are equal. */
export function diffLines(before: string, after: string): readonly DiffPart[] {
  const [a, b] = [before.split('\n'), after.split('\n')]
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1
  let end = 0
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1
  const middle = middleOf(a.slice(start, a.length - end), b.slice(start, b.length - end))
  const same = (lines: readonly string[]) => lines.map((text) => ({ kind: 'same' as const, text }))
  return partsOf([...same(b.slice(0, start)), ...middle, ...same(b.slice(b.length - end))])
}

/** Uses the longest common subsequence. */
function middleOf(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
  const removed = a.map((text) => ({ kind: 'removed' as const, text }))
  const added = b.map((text) => ({ kind: 'added' as const, text }))
  if (a.length * b.length > LIMIT) return [...removed, ...added]
  const at = commonOf(a, b)
  const lines: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      lines.push({ kind: 'same', text: b[j] ?? '' })
      i += 1
      j += 1
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      lines.push({ kind: 'removed', text: a[i] ?? '' })
      i += 1
    } else {
      lines.push({ kind: 'added', text: b[j] ?? '' })
      j += 1
    }
  }
  return [...lines, ...removed.slice(i), ...added.slice(j)]
}

/** The number of common lines, in order, from these two positions on. */
function commonOf(a: readonly string[], b: readonly string[]): (i: number, j: number) => number {
  const width = b.length + 1
  const common = new Uint32Array((a.length + 1) * width)
  const at = (i: number, j: number) => common[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  }
  return at
}

function partsOf(lines: readonly DiffLine[]): readonly DiffPart[] {
  const isNear = lines.map((_, index) => lines.slice(Math.max(0, index - AROUND), index + AROUND + 1).some(({ kind }) => kind !== 'same'))
  const parts: { from: number; lines: DiffLine[] }[] = []
  let number = 1
  for (const [index, line] of lines.entries()) {
    if (isNear[index]) {
      if (!isNear[index - 1]) parts.push({ from: number, lines: [] })
      parts.at(-1)?.lines.push(line)
    }
    if (line.kind !== 'removed') number += 1
  }
  return parts
}
