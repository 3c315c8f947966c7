import { measureSlowness } from './slowness.ts'

/** The runner measures it once and hands it to every file; a file that is run by itself measures it itself. */
const SLOWNESS = Number(process.env['HOLDFAST_SLOWNESS']) || measureSlowness()

/**
 * Such a time on an idle machine, as a limit on this one. For limits against what hangs, and for those that must pass in a test. It covers the
 * machine, not its load: other work may stop a test for seconds anywhere, so that no limit is near what it guards.
 */
export function patience(ms: number): number {
  return Math.ceil(ms * SLOWNESS)
}

/** Resolves as soon as it is so; rejects when it has not become so in two minutes. */
export async function until(isSo: () => unknown): Promise<void> {
  const endMs = performance.now() + patience(120_000)
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`waited in vain for: ${isSo}`)
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
}
