import { keyPath, type Position, type SourceLocation } from '../issue-report.ts'

/** A value of a YAML file with its location. Aliases and merge keys are resolved. */
export type YamlNode =
  | { readonly kind: 'map'; readonly file: string; readonly at: Position; readonly members: ReadonlyMap<string, YamlMember> }
  | { readonly kind: 'list'; readonly file: string; readonly at: Position; readonly items: readonly YamlNode[] }
  | { readonly kind: 'scalar'; readonly file: string; readonly at: Position; readonly value: Scalar }

export type Scalar = string | number | boolean | null

export interface YamlMember {
  readonly file: string
  readonly keyAt: Position
  readonly value: YamlNode
}

export type Path = readonly PropertyKey[]

/** A node with its path. */
export interface LocatedNode {
  readonly node: YamlNode
  readonly path: string
}

export function emptyMap(file: string): YamlNode {
  return { kind: 'map', file, at: { line: 1, column: 1 }, members: new Map() }
}

export function memberOf(placed: LocatedNode | undefined, key: string): LocatedNode | undefined {
  const found = placed?.node.kind === 'map' ? placed.node.members.get(key) : undefined
  return placed && found && { node: found.value, path: keyPath(placed.path, key) }
}

/** The members of a map, in their order; empty for other nodes. */
export function membersOf(placed: LocatedNode | undefined): readonly (LocatedNode & { readonly key: string })[] {
  if (placed?.node.kind !== 'map') return []
  return [...placed.node.members].map(([key, { value }]) => ({ key, node: value, path: keyPath(placed.path, key) }))
}

/** The items of a list; empty for other nodes. */
export function itemsOf(placed: LocatedNode | undefined): readonly LocatedNode[] {
  if (placed?.node.kind !== 'list') return []
  return placed.node.items.map((node, index) => ({ node, path: `${placed.path}[${index}]` }))
}

/** The value as a JavaScript value. Names that objects sort differently (numbers) change their order. */
export function plainValue(node: YamlNode): unknown {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(plainValue)
  return Object.fromEntries([...node.members].map(([key, { value }]) => [key, plainValue(value)]))
}

/** The node at the path, or the last existing node on the path; then `isThere` is false. */
export function follow(start: LocatedNode, path: Path): LocatedNode & { readonly isThere: boolean } {
  let here = start
  for (const step of path) {
    const next = typeof step === 'number' ? itemsOf(here)[step] : memberOf(here, String(step))
    if (!next) return { ...here, isThere: false }
    here = next
  }
  return { ...here, isThere: true }
}

export function locationOf({ node, path }: LocatedNode): SourceLocation {
  return { file: node.file, path, at: node.at }
}

/** The location of the name of a member. */
export function keyLocation(placed: LocatedNode, key: string): SourceLocation {
  const found = placed.node.kind === 'map' ? placed.node.members.get(key) : undefined
  return found ? { file: found.file, path: keyPath(placed.path, key), at: found.keyAt } : locationOf(placed)
}

/** `a list`, `nothing`, … for messages. */
export function describeNode(node: YamlNode): string {
  if (node.kind === 'map') return 'a mapping'
  if (node.kind === 'list') return 'a list'
  if (node.value === null) return 'nothing'
  return { string: 'a string', number: 'a number', boolean: 'a boolean' }[typeof node.value as 'string' | 'number' | 'boolean']
}

/** Merges two configurations: mappings are merged by name, in the order of the first occurrence; of other values, the later one is used. */
export function mergeNodes(earlier: YamlNode, later: YamlNode): YamlNode {
  if (earlier.kind !== 'map' || later.kind !== 'map') return later
  const members = new Map<string, YamlMember>(earlier.members)
  for (const [key, member] of later.members) {
    const before = members.get(key)
    members.set(key, before ? { ...member, value: mergeNodes(before.value, member.value) } : member)
  }
  return { ...later, members }
}
