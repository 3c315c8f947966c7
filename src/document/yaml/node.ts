import { keyPath } from '../key-path.ts'
import type { Position, SourceLocation } from '../report.ts'

/** A value of a YAML file with its place. Aliases and merge keys are resolved. */
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

/** A node with the way to it. */
export interface Placed {
  readonly node: YamlNode
  readonly path: string
}

export function emptyMap(file: string): YamlNode {
  return { kind: 'map', file, at: { line: 1, column: 1 }, members: new Map() }
}

export function memberOf(placed: Placed | undefined, key: string): Placed | undefined {
  const found = placed?.node.kind === 'map' ? placed.node.members.get(key) : undefined
  return placed && found && { node: found.value, path: keyPath(placed.path, key) }
}

/** The members of a map, in their order; nothing for anything else. */
export function membersOf(placed: Placed | undefined): readonly (Placed & { readonly key: string })[] {
  if (placed?.node.kind !== 'map') return []
  return [...placed.node.members].map(([key, { value }]) => ({ key, node: value, path: keyPath(placed.path, key) }))
}

/** The items of a list; nothing for anything else. */
export function itemsOf(placed: Placed | undefined): readonly Placed[] {
  if (placed?.node.kind !== 'list') return []
  return placed.node.items.map((node, index) => ({ node, path: `${placed.path}[${index}]` }))
}

/** The value as JavaScript has it. Names that objects would order differently (numbers) come in another order. */
export function plainValue(node: YamlNode): unknown {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(plainValue)
  return Object.fromEntries([...node.members].map(([key, { value }]) => [key, plainValue(value)]))
}

/** What the path leads to, or the last thing on the way that is there; then `isThere` is false. */
export function follow(start: Placed, path: Path): Placed & { readonly isThere: boolean } {
  let here = start
  for (const step of path) {
    const next = typeof step === 'number' ? itemsOf(here)[step] : memberOf(here, String(step))
    if (!next) return { ...here, isThere: false }
    here = next
  }
  return { ...here, isThere: true }
}

export function spotOf({ node, path }: Placed): SourceLocation {
  return { file: node.file, path, at: node.at }
}

/** Where the name of a member stands. */
export function keySpot(placed: Placed, key: string): SourceLocation {
  const found = placed.node.kind === 'map' ? placed.node.members.get(key) : undefined
  return found ? { file: found.file, path: keyPath(placed.path, key), at: found.keyAt } : spotOf(placed)
}

/** `a list`, `nothing`, … for messages. */
export function describeNode(node: YamlNode): string {
  if (node.kind === 'map') return 'a mapping'
  if (node.kind === 'list') return 'a list'
  if (node.value === null) return 'nothing'
  return { string: 'a string', number: 'a number', boolean: 'a boolean' }[typeof node.value as 'string' | 'number' | 'boolean']
}

/** Two configurations as one: mappings are merged name by name, in the order of first mention; of anything else, the later one counts. */
export function mergeNodes(earlier: YamlNode, later: YamlNode): YamlNode {
  if (earlier.kind !== 'map' || later.kind !== 'map') return later
  const members = new Map<string, YamlMember>(earlier.members)
  for (const [key, member] of later.members) {
    const before = members.get(key)
    members.set(key, before ? { ...member, value: mergeNodes(before.value, member.value) } : member)
  }
  return { ...later, members }
}
