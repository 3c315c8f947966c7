import { type LocatedNode, locationOf } from '../../document/yaml/node.ts'
import { didYouMean, quoted } from '../../lib/quoted.ts'
import { nearest } from '../../lib/suggest.ts'
import type { Context } from './context.ts'

export interface Reference {
  readonly name: string
  /** The kind of name: `storage`, `key`, `task`. */
  readonly what: string
  readonly at: LocatedNode
}

/** The definition for a name; an unknown name is reported. Undefined also if its definition is invalid. */
export function lookUp<T>({ name, what, at }: Reference, there: ReadonlyMap<string, T>, { report, complete }: Context): T | undefined {
  if (there.has(name)) return there.get(name)
  if (!complete) return undefined
  const names = [...there.keys()]
  const hint =
    didYouMean(nearest(name, names)) ?? (names.length > 0 && names.length <= 8 ? `Available: ${names.join(', ')}.` : `Define it under "${what}s".`)
  return report.error(locationOf(at), `unknown ${what} ${quoted(name)}`, hint)
}
