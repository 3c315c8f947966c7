import { keyPath, type Position, type SourceLocation } from '../../../document/issue-report.ts'

/** A node of a YAML 1.1 document as PyYAML builds it. Aliases and merge keys are resolved. */
export type YamlNode =
  | { readonly kind: 'map'; readonly at: Position; readonly members: ReadonlyMap<string, Member> }
  | { readonly kind: 'list'; readonly at: Position; readonly items: readonly YamlNode[] }
  | ScalarNode

export interface Member {
  readonly keyAt: Position
  readonly value: YamlNode
}

export interface ScalarNode extends Scalar {
  readonly kind: 'scalar'
  readonly at: Position
}

export interface Scalar {
  readonly type: 'null' | 'bool' | 'int' | 'float' | 'str' | 'time'
  /** The result of Python's `str`: `None`, `True`, `7`, `3.1`. */
  readonly text: string
  /** The source form. */
  readonly source: string
}

/** A node with its location. */
export interface Value extends SourceLocation {
  readonly node: YamlNode
}

export function valueIn(file: string, node: YamlNode, path = ''): Value {
  return { file, path, at: node.at, node }
}

export function memberOf(value: Value | undefined, key: string): Value | undefined {
  const found = value?.node.kind === 'map' ? value.node.members.get(key)?.value : undefined
  return value && found && valueIn(value.file, found, keyPath(value.path, key))
}

export interface NamedValue extends Value {
  readonly key: string
}

/** The members of a map, in their order; empty for other nodes. */
export function membersOf(value: Value | undefined): readonly NamedValue[] {
  if (value?.node.kind !== 'map') return []
  return [...value.node.members].map(([key, { value: node }]) => ({ ...valueIn(value.file, node, keyPath(value.path, key)), key }))
}

/** The items of a list; empty for other nodes. */
export function itemsOf(value: Value | undefined): readonly Value[] {
  if (value?.node.kind !== 'list') return []
  return value.node.items.map((node, index) => valueIn(value.file, node, `${value.path}[${index}]`))
}

/** The location of the name of a member. */
export function keyLocation(value: Value, key: string): SourceLocation {
  const found = value.node.kind === 'map' ? value.node.members.get(key) : undefined
  return found ? { file: value.file, path: keyPath(value.path, key), at: found.keyAt } : value
}

export function isNull({ node }: Value): boolean {
  return node.kind === 'scalar' && node.type === 'null'
}

/** `a list`, `nothing`, … for messages. */
export function describeValue({ node }: Value): string {
  if (node.kind === 'map') return 'a mapping'
  if (node.kind === 'list') return 'a list'
  return { null: 'nothing', bool: 'a boolean', int: 'a number', float: 'a number', str: 'a string', time: 'a date' }[node.type]
}
