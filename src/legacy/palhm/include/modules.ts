import type { Report } from '../../../document/issue-report.ts'
import { didYouMean, quoted } from '../../../lib/quoted.ts'
import { nearest } from '../../../lib/suggest.ts'
import { textOf, type Value } from '../values/value.ts'

/** The available optional modules. */
const MODULES: readonly string[] = ['aws']

/** The output of `mods`: the names of the optional modules, one per line. */
export function renderModules(): string {
  return `${MODULES.join('\n')}\n`
}

/** Checks the names in `modules`; duplicates are accepted. */
export function compileModules(values: readonly Value[], report: Report): ReadonlySet<string> {
  const names = new Set<string>()
  for (const value of values) {
    const name = textOf(value, report)
    if (name === undefined) continue
    if (MODULES.includes(name)) names.add(name)
    else report.error(value, `unknown module ${quoted(name)}`, didYouMean(nearest(name, MODULES)) ?? `Available: ${MODULES.join(', ')}.`)
  }
  return names
}
