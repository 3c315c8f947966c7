import type { Paint } from '../../run/describe/paint.ts'
import type { Output } from './output.ts'

/** Colors for an output: only on a terminal, and not if disabled by `NO_COLOR` (no-color.org) or `TERM=dumb`. */
export function paintFor({ isTerminal }: Output, env: Readonly<Record<string, string | undefined>>): Paint {
  const colourful = isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  const sgr = (code: string) => (text: string) => (colourful ? `\u001b[${code}m${text}\u001b[0m` : text)
  return { error: sgr('1;31'), notice: sgr('33'), faint: sgr('2') }
}
