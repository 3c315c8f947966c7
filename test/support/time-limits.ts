import { measureSlowness } from './slowness.ts'

/** The runner measures it once and hands it to every file; a file that is run by itself measures it itself. */
const SLOWNESS = Number(process.env['HOLDFAST_SLOWNESS']) || measureSlowness()

/**
 * Such a time on an idle machine, as a limit on this one. For limits against what hangs, and for those that must pass in a test. It covers the
 * machine, not its load: other work may stop a test for seconds anywhere, so that no limit is near what it guards.
 */
export function scaledMs(ms: number): number {
  return Math.ceil(ms * SLOWNESS)
}

type Falsy = undefined | null | false | 0 | ''

/** Resolves with the first value of `find` that is not falsy; rejects when there was none in two minutes. */
export async function until<T>(find: () => T | Promise<T>): Promise<Exclude<T, Falsy>> {
  const endMs = performance.now() + scaledMs(120_000)
  for (;;) {
    const found = await find()
    if (found) return found as Exclude<T, Falsy>
    if (performance.now() > endMs) throw new Error(`waited in vain for: ${find}`)
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
}
