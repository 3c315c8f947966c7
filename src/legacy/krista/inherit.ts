import { quoted } from '../../lib/quoted.ts'
import { nearest } from '../../lib/suggest.ts'
import { near } from './attributes.ts'
import { isNull, keyLocation, memberOf, membersOf, type NamedValue, type Value } from './yaml/value.ts'

/** An action's mapping with the keys that it inherits. */
export interface Action {
  readonly name: string
  readonly at: NamedValue
  /** Its own keys and those of its ancestors; the nearest one takes precedence. */
  readonly attributes: ReadonlyMap<string, Value>
  readonly own: ReadonlySet<string>
  readonly parent?: Action
}

/**
 * The result for the name of an action. `empty`: an empty mapping, which the ancestor skipped with a warning. `skipped`: the action cannot be
 * compiled, but others of its task can. `refused`: a task that uses it cannot start.
 */
export type Inherited =
  | { readonly kind: 'action'; readonly action: Action }
  | { readonly kind: 'empty' | 'skipped' | 'refused'; readonly at: Value; readonly message: string; readonly hint: string }

/** Resolves `source` for every action, in any order. */
export function inheritActions(actions: Value): ReadonlyMap<string, Inherited> {
  const entries = new Map(membersOf(actions).map((it) => [it.key, it] as const))
  const found = new Map<string, Inherited>()
  const find = (entry: NamedValue): Inherited => {
    const made = found.get(entry.key) ?? inherit(entry, { entries, actions, find })
    found.set(entry.key, made)
    return made
  }
  for (const entry of entries.values()) find(entry)
  return found
}

interface Inheriting {
  readonly entries: ReadonlyMap<string, NamedValue>
  readonly actions: Value
  find(entry: NamedValue): Inherited
}

function inherit(entry: NamedValue, { entries, actions, find }: Inheriting): Inherited {
  const own = new Map(membersOf(entry).map((it) => [it.key, it] as const))
  const name = entry.key
  if (own.size === 0)
    return { kind: 'empty', at: nameSpot(actions, entry), message: `the action ${quoted(name)} is empty`, hint: 'Set its "type", or remove it.' }
  const sourceAt = own.get('source')
  if (!sourceAt || isNull(sourceAt)) return { kind: 'action', action: { name, at: entry, attributes: own, own: new Set(own.keys()) } }
  const refused = (message: string, hint: string): Inherited => ({ kind: 'refused', at: sourceAt, message, hint })
  if (sourceAt.node.kind !== 'scalar') return refused('expected the name of one action', 'Write a name.')
  const source = sourceAt.node.source
  const parentEntry = entries.get(source)
  if (!parentEntry) {
    const message = `unknown action ${quoted(source)}, from which ${quoted(name)} inherits`
    return { kind: 'skipped', at: sourceAt, message, hint: near(nearest(source, entries.keys()), entries.keys(), 'actions') }
  }
  const circle = circleFrom(name, entries)
  if (circle) return refused(`actions inherit from each other in a cycle: ${circle.map(quoted).join(' → ')}`, 'Remove one "source".')
  const parent = find(parentEntry)
  if (parent.kind === 'empty')
    return { kind: 'skipped', at: sourceAt, message: `${quoted(name)} inherits from ${quoted(source)}, which is empty`, hint: parent.hint }
  if (parent.kind !== 'action') return refused(`${quoted(name)} inherits from ${quoted(source)}, which is invalid`, 'Correct that action.')
  const attributes = new Map([...[...parent.action.attributes].filter(([key]) => key !== 'source'), ...own])
  return { kind: 'action', action: { name, at: entry, attributes, own: new Set(own.keys()), parent: parent.action } }
}

/** The path from an action through its ancestors to one that is already on it; undefined if it ends. */
function circleFrom(name: string, entries: Inheriting['entries']): readonly string[] | undefined {
  const path = [name]
  for (;;) {
    const at = memberOf(entries.get(path.at(-1) ?? ''), 'source')
    if (at?.node.kind !== 'scalar' || isNull(at)) return undefined
    const { source } = at.node
    const isBack = path.includes(source)
    path.push(source)
    if (isBack) return path
  }
}

// An empty mapping is reported at its name: the value may be missing.
function nameSpot(actions: Value, entry: NamedValue): Value {
  return { ...(memberOf(actions, entry.key) ?? entry), ...keyLocation(actions, entry.key) }
}

/** The type of an action, its own or an inherited one; undefined if there is none. */
export function actionType({ attributes }: Action): string | undefined {
  const at = attributes.get('type')
  return at?.node.kind === 'scalar' && !isNull(at) ? at.node.text : undefined
}
