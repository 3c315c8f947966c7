import { didYouMean, quoted } from '../../../lib/quoted.ts'
import { nearest } from '../../../lib/suggest.ts'
import type { Context } from '../context.ts'
import { textOf, type Value } from './value.ts'

/** The kinds of one thing, by name, such as all backends; those with a module are available if the configuration loads it. */
export interface Kinds<Kind extends { readonly module?: string }> {
  readonly what: string
  readonly kinds: ReadonlyMap<string, Kind>
}

/** The kind with that name; otherwise undefined, with an error. */
export function findKind<Kind extends { readonly module?: string }>(
  at: Value,
  { what, kinds }: Kinds<Kind>,
  { report, modules }: Pick<Context, 'report' | 'modules'>,
): Kind | undefined {
  const name = textOf(at, report)
  if (name === undefined) return undefined
  const kind = kinds.get(name)
  if (!kind) {
    const known = [...kinds].flatMap(([it, { module }]) => (module === undefined || modules.has(module) ? [it] : []))
    return report.error(at, `unknown ${what} ${quoted(name)}`, didYouMean(nearest(name, known)) ?? `Available: ${known.join(', ')}.`)
  }
  if (kind.module === undefined || modules.has(kind.module)) return kind
  return report.error(at, `${what} ${quoted(name)} requires the module ${quoted(kind.module)}`, `Add "modules": ["${kind.module}"] at the top level.`)
}
