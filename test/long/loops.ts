/** Of every random loop in this process; a new one each time unless `HOLDFAST_SEED` repeats a series. */
export const SEED = Number(process.env['HOLDFAST_SEED'] || Date.now() % 2 ** 32)

/** A slice of the long loops gives each of them so many seconds, instead of all its rounds. */
const LOOP_S = Number(process.env['HOLDFAST_LOOP_S'] || 0)
export const IS_SLICE = LOOP_S > 0

/** Whether a loop that begins now is to have another round; asked before each. Always, but for a slice whose time is over. There is a first one. */
export function loopBudget(): () => boolean {
  const endMs = performance.now() + LOOP_S * 1000
  let rounds = 0
  return () => !IS_SLICE || rounds++ === 0 || performance.now() < endMs
}
