import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml'
import type { Position } from '../../../document/issue-report.ts'
import { buildTree, placeNull, resolveAlias, type TreeBuilding } from '../../../document/yaml/build-tree.ts'
import type { YamlBuilding } from '../../../document/yaml/yaml-text.ts'
import { quoted } from '../../../lib/quoted.ts'
import { pythonText, type ScalarType, typeOfPlain } from './scalars.ts'
import type { Member, YamlNode } from './value.ts'

const MERGE_KEY = '<<'

const CORE = 'tag:yaml.org,2002:'
const SCALAR_TAGS: Readonly<Record<string, ScalarType>> = { str: 'str', int: 'int', float: 'float', bool: 'bool', null: 'null', timestamp: 'time' }

/**
 * Builds the tree of a parsed document: aliases are resolved, merge keys (`<<`) merged, and the last of duplicate keys used. Undefined if an error
 * was reported.
 */
export function buildNode(document: Document, options: YamlBuilding): YamlNode | undefined {
  return buildTree(document, options, build)
}

function build(node: Node | null, building: TreeBuilding): YamlNode | undefined {
  building.left -= 1
  if (building.left <= 0) return undefined
  const here = building.at(node?.range?.[0] ?? 0)
  if (isAlias(node)) return resolveAlias(node, building, build)
  if (isScalar(node) || node === null) return buildScalar(node, here, building)
  if (!isMap(node) && !isSeq(node)) return refuse(building, here)
  if (!isKnownTag(node.tag, isMap(node) ? 'map' : 'seq')) return refuseTag(node.tag ?? '', here, building)
  if (isMap(node)) return buildMap(node, here, building)
  const items = node.items.map((item) => build(item as Node | null, building))
  return items.every((it) => it !== undefined) ? { kind: 'list', at: here, items } : undefined
}

function isKnownTag(tag: string | undefined, own: string): boolean {
  return tag === undefined || tag === '!' || tag === `${CORE}${own}`
}

function buildScalar(node: Node | null, at: Position, building: TreeBuilding): YamlNode | undefined {
  if (!isScalar(node)) return { kind: 'scalar', at, type: 'null', text: 'None', source: '' }
  const source = typeof node.value === 'string' ? node.value : (node.source ?? '')
  const type = scalarType(node.tag, node.type === 'PLAIN' ? typeOfPlain(source) : 'str')
  if (type === undefined) return refuseTag(node.tag ?? '', at, building)
  const text = pythonText(type, source)
  if (text !== undefined) return { kind: 'scalar', at, type, text, source }
  const what = type === 'time' ? 'invalid date or time' : 'the value does not match its tag'
  return building.report.error({ file: building.file, path: '', at }, what, 'If text is meant, put it in quotes.')
}

function scalarType(tag: string | undefined, plain: ScalarType): ScalarType | undefined {
  if (tag === undefined) return plain
  if (tag === '!') return 'str'
  return tag.startsWith(CORE) ? SCALAR_TAGS[tag.slice(CORE.length)] : undefined
}

function refuse({ file, report }: TreeBuilding, at: Position): undefined {
  return report.error({ file, path: '', at }, 'unsupported type of value', 'Put it in quotes.')
}

function refuseTag(tag: string, at: Position, { file, report }: TreeBuilding): undefined {
  const spot = { file, path: '', at }
  const name = quoted(tag.startsWith(CORE) ? `!!${tag.slice(CORE.length)}` : tag)
  if (tag.startsWith(`${CORE}python`))
    return report.error(spot, `unsupported tag ${name}: it creates a Python object`, 'Write the value without the tag.')
  return report.error(spot, `unknown tag ${name}`, 'If no tag is meant, put the text in quotes.')
}

function buildMap(map: YAMLMap, here: Position, building: TreeBuilding): YamlNode | undefined {
  const own = new Map<string, Member>()
  const merged = new Map<string, Member>()
  let whole = true
  for (const pair of map.items as Pair<Node | null, Node | null>[]) {
    const key = keyOf(pair.key, building)
    const value = build(pair.value, building)
    if (key === undefined || value === undefined) whole = false
    else if (isMergeKey(pair.key)) whole = mergeInto(merged, value, building) && whole
    else
      addMember(
        own,
        key,
        { keyAt: building.at(pair.key?.range?.[0] ?? 0), value: placeNull(value, isNull(value), { pair, at: building.at }) },
        building,
      )
  }
  if (!whole) return undefined
  // The mapping's own keys take precedence, wherever they are.
  return { kind: 'map', at: here, members: new Map([...merged, ...own]) }
}

function isMergeKey(key: Node | null): boolean {
  return isScalar(key) && key.type === 'PLAIN' && key.value === MERGE_KEY
}

function addMember(members: Map<string, Member>, key: string, member: Member, { file, report }: TreeBuilding): void {
  const first = members.get(key)
  if (first)
    report.warn(
      { file, path: '', at: member.keyAt },
      `duplicate key ${quoted(key)} (first at line ${first.keyAt.line}); the last one is used`,
      'Remove one of them.',
    )
  members.set(key, member)
}

function isNull(value: YamlNode): boolean {
  return value.kind === 'scalar' && value.source === '' && value.type === 'null'
}

// Names in their source form: 1 and 01 are two names, and "on" is a valid name of a task.
function keyOf(key: Node | null, { file, at, report }: TreeBuilding): string | undefined {
  const spot = { file, path: '', at: at(key?.range?.[0] ?? 0) }
  if (!isScalar(key) || typeof key.value !== 'string') return report.error(spot, 'missing key before the colon', 'Write one word.')
  if (key.value === '__proto__') return report.error(spot, 'the key "__proto__" is not allowed', 'Use another name.')
  return key.value
}

/** Of several sources in one list, the first takes precedence; of several merge keys, the last. */
function mergeInto(merged: Map<string, Member>, source: YamlNode, building: TreeBuilding): boolean {
  const sources = source.kind === 'list' ? source.items : [source]
  const wrong = sources.find((it) => it.kind !== 'map')
  if (wrong) {
    building.report.error(
      { file: building.file, path: '', at: wrong.at },
      '"<<" can only merge mappings',
      'Write "<<: *name" with an anchor of a mapping.',
    )
    return false
  }
  for (const it of sources.toReversed()) if (it.kind === 'map') for (const [key, member] of it.members) merged.set(key, member)
  return true
}
