import type { Output } from './output.ts'

export interface Paint {
  error(text: string): string
  notice(text: string): string
  faint(text: string): string
}

/** Colours for an output: on a terminal only, and not where `NO_COLOR` (no-color.org) or `TERM=dumb` asks for none. */
export function paintFor({ isTerminal }: Output, env: Readonly<Record<string, string | undefined>>): Paint {
  const colourful = isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  const sgr = (code: string) => (text: string) => (colourful ? `\u001b[${code}m${text}\u001b[0m` : text)
  return { error: sgr('1;31'), notice: sgr('33'), faint: sgr('2') }
}

/** No colours, whatever the output: for what is kept. */
export const PLAIN: Paint = { error: (text) => text, notice: (text) => text, faint: (text) => text }
