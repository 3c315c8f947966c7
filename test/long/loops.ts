/** Of every random loop in this process; a new one each time unless `HOLDFAST_SEED` repeats a series. */
export const SEED = Number(process.env['HOLDFAST_SEED'] || Date.now() % 2 ** 32)

/** A slice of the long loops gives each of them so many seconds, instead of all its rounds, and all of them together until then (seconds since 1970). */
const LOOP_S = Number(process.env['HOLDFAST_LOOP_S'] || 0)
const END_S = Number(process.env['HOLDFAST_LOOPS_END_S'] || Number.POSITIVE_INFINITY)
export const IS_SLICE = LOOP_S > 0

/** Whether a loop that begins now is to have another round; asked before each. Always, but for a slice whose time is over. */
export function loopBudget(): () => boolean {
  const endMs = Math.min(Date.now() + LOOP_S * 1000, END_S * 1000)
  return () => !IS_SLICE || Date.now() < endMs
}
