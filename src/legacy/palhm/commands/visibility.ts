import type { Visibility } from '../../../plan/command.ts'

/**
 * Whether a child's stream is shown at the configuration's verbosity. The numbers 0 to 9 are on the documented scale: shown from that verbosity on.
 * From 10 on they are the raw levels that the ancestor's code compared: shown when the number is at most 50 - 10 x verbosity.
 */
export function visibilityOf(number: number, verbosity: number): Visibility {
  const shown = number < 10 ? verbosity >= number : number <= 50 - 10 * verbosity
  return shown ? 'always' : 'never'
}

/** What holds where a configuration gives no number. */
export const DEFAULT_STDOUT: Visibility = 'always'
export const DEFAULT_STDERR: Visibility = 'verbose'
