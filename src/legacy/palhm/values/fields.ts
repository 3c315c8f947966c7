import { keyPath, type Report } from '../../../document/issue-report.ts'
import { describeKind } from '../../../document/json/node.ts'
import { didYouMean, quoted } from '../../../lib/quoted.ts'
import { nearest } from '../../../lib/suggest.ts'
import type { KeyTable } from '../keys.ts'
import { member, type Value, valueIn } from './value.ts'

/** The known keys of an object. */
export interface Fields<K extends string> {
  /** The location of the object. */
  readonly value: Value
  get(key: K): Value | undefined
  /** For merged objects: all values of the key, in their order. */
  all(key: K): readonly Value[]
}

/**
 * Opens an object for reading. Several objects are read as one, in which later ones take precedence.
 *
 * Immediately reports problems with its keys: missing required ones (with a misspelled key), and unknown ones (which are ignored). Returns undefined,
 * with an error, for a value that is not an object.
 */
export function openFields<T extends KeyTable>(
  values: Value | readonly Value[],
  table: T,
  options: { readonly report: Report; readonly required?: readonly (keyof T & string)[] },
): Fields<keyof T & string> | undefined {
  const parts = [values].flat() as readonly Value[]
  const [first] = parts
  const wrong = parts.filter(({ node }) => node.kind !== 'object')
  for (const part of wrong) options.report.error(part, `expected an object, found ${describeKind(part.node)}`)
  if (wrong.length > 0 || !first) return undefined
  checkKeys(parts, table, options)
  const all = (key: string) => parts.map((part) => member(part, key)).filter((it) => it !== undefined)
  return { value: first, all, get: (key) => all(key).at(-1) }
}

function checkKeys(parts: readonly Value[], table: KeyTable, { report, required = [] }: { report: Report; required?: readonly string[] }): void {
  const unknown = parts.flatMap((part) => unknownKeys(part, table))
  for (const key of required) {
    if (parts.some((part) => member(part, key))) continue
    const misspelt = unknown.findIndex((it) => nearest(it.key, [key]) === key)
    const [taken] = misspelt < 0 ? [] : unknown.splice(misspelt, 1)
    // Both in one message, because they have the same cause.
    if (taken) report.error(taken, `missing required key ${quoted(key)}; ${quoted(taken.key)} is unknown`, `Rename it to ${quoted(key)}.`)
    else if (parts[0]) report.error(parts[0], `missing required key ${quoted(key)}`)
  }
  const absent = Object.keys(table).filter((key) => !parts.some((part) => member(part, key)))
  for (const it of unknown) report.warn(it, `unknown key ${quoted(it.key)}, ignored`, didYouMean(nearest(it.key, absent)))
}

function unknownKeys({ file, path, node }: Value, table: KeyTable): (Value & { readonly key: string })[] {
  if (node.kind !== 'object') return []
  return [...node.members]
    .filter(([key]) => !Object.hasOwn(table, key))
    .map(([key, { keyAt, value }]) => ({ ...valueIn(file, value, keyPath(path, key)), at: keyAt, key }))
}
