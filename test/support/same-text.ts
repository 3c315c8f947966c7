import assert from 'node:assert/strict'

/** For long texts: tells the first line that differs, not all of both. */
export function assertSameText(found: string, wanted: string): void {
  if (found === wanted) return
  const [left, right] = [found.split('\n'), wanted.split('\n')]
  const at = left.findIndex((line, index) => line !== right[index])
  const index = at === -1 ? left.length : at
  assert.fail(`line ${index + 1} differs:\n  found:  ${left[index] ?? '(nothing)'}\n  wanted: ${right[index] ?? '(nothing)'}`)
}
