import { type Alias, type Document, isAlias, type Node, type Pair } from 'yaml'
import { quoted } from '../../lib/quoted.ts'
import type { Position } from '../issue-report.ts'
import type { YamlBuilding } from './yaml-text.ts'

/** A document whose tree is being built. */
export interface TreeBuilding extends YamlBuilding {
  readonly document: Document
  /** Anchored values being built, to detect one that contains itself. */
  readonly open: Set<Node>
  /** The number of nodes that may still be built. The builder of a node subtracts it, and stops at zero. */
  left: number
}

// Nested aliases multiply: a few lines could expand to more than the available memory.
const MAX_NODES = 100_000

/** Builds the tree of a document with `build`. Undefined if an error was reported. */
export function buildTree<T>(document: Document, options: YamlBuilding, build: (node: Node | null, building: TreeBuilding) => T | undefined) {
  const building: TreeBuilding = { ...options, document, open: new Set(), left: MAX_NODES }
  const built = build(document.contents as Node | null, building)
  if (building.left > 0) return built
  const spot = { file: options.file, path: '', at: { line: 1, column: 1 } }
  return options.report.error(spot, 'aliases expand to too many nodes', 'Replace some of them by their values.')
}

/** The value of the anchor, built with `build`. Undefined if an error was reported. */
export function resolveAlias<T>(alias: Alias, building: TreeBuilding, build: (node: Node, building: TreeBuilding) => T | undefined): T | undefined {
  const { document, open, file, at, report } = building
  const target = alias.resolve(document)
  const spot = { file, path: '', at: at(alias.range?.[0] ?? 0) }
  if (!target) return report.error(spot, `unknown anchor ${quoted(alias.source)}`, 'If no alias is meant, put the text in quotes.')
  if (open.has(target)) return report.error(spot, `alias ${quoted(alias.source)} is inside its own anchor`, 'Replace it by its value.')
  open.add(target)
  const built = build(target, building)
  open.delete(target)
  return built
}

/** The value of a pair. One that is missing (`isNull`) has the location of its key. */
export function placeNull<T extends { readonly at: Position }>(value: T, isNull: boolean, { pair, at }: NullPlace): T {
  return isNull && !isAlias(pair.value) ? { ...value, at: at(pair.key?.range?.[0] ?? 0) } : value
}

interface NullPlace {
  readonly pair: Pair<Node | null, Node | null>
  readonly at: (offset: number) => Position
}
