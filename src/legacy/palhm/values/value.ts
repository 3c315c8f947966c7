import { keyPath, type Report, type SourceLocation } from '../../../document/issue-report.ts'
import { describeKind, type JsonNode } from '../../../document/json/node.ts'

/** A value of a configuration file with its location. */
export interface Value extends SourceLocation {
  readonly node: JsonNode
}

export function valueIn(file: string, node: JsonNode, path = ''): Value {
  return { file, path, at: node.at, node }
}

/** The value of a key of an object, or undefined if it is not an object or has no such key. */
export function member(value: Value, key: string): Value | undefined {
  const found = value.node.kind === 'object' ? value.node.members.get(key)?.value : undefined
  return found && valueIn(value.file, found, keyPath(value.path, key))
}

/**
 * The items of a list; for other values, reports an error and returns undefined. Empty mappings and strings (`{}`, `""`) were always accepted as
 * empty lists.
 */
export function listOf(value: Value, report: Report): readonly Value[] | undefined {
  const { node } = value
  if (node.kind === 'list') return node.items.map((item, index) => valueIn(value.file, item, `${value.path}[${index}]`))
  if ((node.kind === 'object' && node.members.size === 0) || (node.kind === 'string' && node.value === '')) {
    report.warn(value, `${describeKind(node)} is treated as an empty list`, 'Write [].')
    return []
  }
  return report.error(value, `expected a list, found ${describeKind(node)}`, 'Write lists in square brackets.')
}

/** The text of a string; for other values, reports an error and returns undefined. */
export function textOf(value: Value, report: Report): string | undefined {
  if (value.node.kind === 'string') return value.node.value
  return report.error(
    value,
    `expected a string, found ${describeKind(value.node)}`,
    value.node.kind === 'number' ? 'Put it in double quotes.' : undefined,
  )
}

/** Like `textOf`, for names: not empty, no NUL character. */
export function nameOf(value: Value, report: Report): string | undefined {
  const text = textOf(value, report)
  if (text === '') return report.error(value, 'expected a name, found an empty string')
  if (text?.includes('\0')) return report.error(value, 'the name contains a NUL character')
  return text
}
