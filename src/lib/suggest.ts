/**
 * The candidate that a misspelled word most likely means, or undefined if none is similar: the same letters in another case, `-` instead of `_` or
 * the reverse, or a few typing errors (a third of the length; two transposed letters count as one).
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = folded(word)
  // A word of thousands of characters is not a misspelled name, and computing the distance takes quadratic time.
  if (wanted.length > 64) return undefined
  let best: string | undefined
  // At least one letter must match.
  let bestDistance = Math.min(Math.max(1, Math.floor(wanted.length / 3)), wanted.length - 1) + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - wanted.length) >= bestDistance) continue
    const distance = distanceBetween(wanted, folded(candidate))
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

function folded(word: string): string {
  return word.trim().toLowerCase().replaceAll('_', '-')
}

// Optimal string alignment distance, row by row.
function distanceBetween(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const changed = at(above, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(before, j - 2) + 1 : Infinity
      row.push(Math.min(changed, swapped, at(above, j) + 1, at(row, j - 1) + 1))
    }
    before = above
    above = row
  }
  return at(above, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity
}
