import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml'
import { quoted } from '../../lib/quoted.ts'
import { buildTree, placeNull, resolveAlias, type TreeBuilding } from './build-tree.ts'
import type { YamlMember, YamlNode } from './node.ts'
import type { YamlBuilding } from './yaml-text.ts'

const MERGE_KEY = '<<'

/** Builds the tree of a parsed document: aliases are resolved, merge keys (`<<`) merged, duplicate keys rejected. Undefined if an error was reported. */
export function buildNode(document: Document, options: YamlBuilding): YamlNode | undefined {
  return buildTree(document, options, build)
}

function build(node: Node | null, building: TreeBuilding): YamlNode | undefined {
  const { file, at, report } = building
  building.left -= 1
  if (building.left <= 0) return undefined
  const here = at(node?.range?.[0] ?? 0)
  if (isAlias(node)) return resolveAlias(node, building, build)
  if (isMap(node)) return buildMap(node, building)
  if (isSeq(node)) {
    const items = node.items.map((item) => build(item as Node | null, building))
    return items.every((it) => it !== undefined) ? { kind: 'list', file, at: here, items } : undefined
  }
  const value = isScalar(node) ? node.value : null
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return { kind: 'scalar', file, at: here, value }
  return report.error({ file, path: '', at: here }, 'unsupported type of value', 'Put it in quotes.')
}

function buildMap(map: YAMLMap, building: TreeBuilding): YamlNode | undefined {
  const { file, at } = building
  const members = new Map<string, YamlMember>()
  const merged: YamlNode[] = []
  let whole = true
  for (const pair of map.items as Pair<Node | null, Node | null>[]) {
    const key = keyOf(pair.key, building)
    const value = build(pair.value, building)
    // The first one is kept, so that the other errors are found, too.
    if (key !== undefined && isDuplicate(key, pair.key, { members, building })) continue
    if (key === undefined || value === undefined) whole = false
    else if (key === MERGE_KEY) merged.push(value)
    else members.set(key, { file, keyAt: at(pair.key?.range?.[0] ?? 0), value: placeNull(value, isNull(value), { pair, at }) })
  }
  for (const source of merged) whole = mergeInto(members, source, building) && whole
  return whole ? { kind: 'map', file, at: at(map.range?.[0] ?? 0), members } : undefined
}

function isNull(value: YamlNode): boolean {
  return value.kind === 'scalar' && value.value === null
}

function keyOf(key: Node | null, { file, at, report }: TreeBuilding): string | undefined {
  const spot = { file, path: '', at: at(key?.range?.[0] ?? 0) }
  const value = isScalar(key) ? key.value : undefined
  if (!['string', 'number', 'boolean'].includes(typeof value)) return report.error(spot, 'missing key before the colon')
  // A number or boolean in its source form: 1 and 01 are two names.
  const name = typeof value === 'string' ? value : (isScalar(key) && key.source) || String(value)
  if (name === '__proto__') return report.error(spot, 'the key "__proto__" is not allowed')
  return name
}

interface Keys {
  readonly members: ReadonlyMap<string, YamlMember>
  readonly building: TreeBuilding
}

/** Reports a key that the mapping already has. */
function isDuplicate(name: string, key: Node | null, { members, building: { file, at, report } }: Keys): boolean {
  const first = members.get(name)
  if (first === undefined) return false
  const spot = { file, path: '', at: at(key?.range?.[0] ?? 0) }
  report.error(spot, `duplicate key ${quoted(name)} (first at line ${first.keyAt.line})`, 'Remove one of them.')
  return true
}

/** The mapping's own keys take precedence; of several merged mappings, the first one. */
function mergeInto(members: Map<string, YamlMember>, source: YamlNode, building: TreeBuilding): boolean {
  const sources = source.kind === 'list' ? source.items : [source]
  for (const it of sources) {
    if (it.kind !== 'map') {
      building.report.error({ file: it.file, path: '', at: it.at }, '"<<" can only merge mappings')
      return false
    }
    for (const [key, member] of it.members) if (!members.has(key)) members.set(key, member)
  }
  return true
}

/** Messages for the parser's error codes: its own messages may quote the file, and so a secret. */
const PROBLEMS: ReadonlyMap<string, readonly [message: string, hint?: string]> = new Map(
  Object.entries({
    ALIAS_PROPS: ['an alias cannot have a tag or an anchor'],
    BAD_ALIAS: ['unknown anchor: "*" starts an alias', 'If no alias is meant, put the text in quotes.'],
    BAD_COLLECTION_TYPE: ['the tag does not match the value'],
    BAD_DIRECTIVE: ['unknown directive', 'A line that starts with "%" is a directive.'],
    BAD_DQ_ESCAPE: ['unknown escape sequence in double quotes', 'To keep backslashes, use single quotes.'],
    BAD_INDENT: ['inconsistent indentation', 'Start entries of the same level in the same column.'],
    BAD_PROP_ORDER: ['an anchor or tag must be before its value, on the same line'],
    BAD_SCALAR_START: ['unquoted text cannot start with this character', 'Put the text in quotes.'],
    BLOCK_AS_IMPLICIT_KEY: ['a mapping or list cannot start in the middle of a line', 'Start it on its own line, or put the text in quotes.'],
    BLOCK_IN_FLOW: ['an indented list or mapping is not allowed inside brackets', 'Use brackets inside brackets.'],
    KEY_OVER_1024_CHARS: ['the key is longer than 1024 characters'],
    MISSING_CHAR: ['missing quote, bracket, comma, colon, or space after one of these'],
    MULTILINE_IMPLICIT_KEY: ['the key extends over several lines', 'A colon or a closing quote may be missing.'],
    MULTIPLE_ANCHORS: ['the value has two anchors'],
    MULTIPLE_DOCS: ['the file contains a second document', 'Remove the line "---" or "..." and everything after it.'],
    MULTIPLE_TAGS: ['the value has two tags'],
    NON_STRING_KEY: ['the key is not a string'],
    TAB_AS_INDENT: ['the indentation contains a tab', 'Indent with spaces.'],
    TAG_RESOLVE_FAILED: ['unknown tag', 'If the text starts with "!", put it in quotes.'],
    UNEXPECTED_TOKEN: ['unexpected token', 'A quote or bracket may be missing before it.'],
  }),
)

export function problemOf(code: string): readonly [message: string, hint?: string] {
  return PROBLEMS.get(code) ?? ['invalid YAML']
}
