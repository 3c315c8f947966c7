import type { Report } from '../../document/issue-report.ts'
import { looksSecret } from '../../lib/secrets.ts'
import { readDocument } from './yaml/read-document.ts'
import { memberOf, membersOf, type Value, type YamlNode } from './yaml/value.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** What the ancestor's API returns about a configuration: the records as written, in their order. */
export interface KristaRecords {
  readonly serverName: string
  readonly schedules: ReadonlyMap<string, ReadonlyMap<string, Json>>
  readonly actions: ReadonlyMap<string, ReadonlyMap<string, Json>>
}

/** Replaces a password. */
const MASK = '***'

/** Reads the records, with masked passwords; undefined if the file is not a KristaBackup configuration. */
export function readKristaRecords(file: string, bytes: Uint8Array, report: Report): KristaRecords | undefined {
  const top = readDocument(file, bytes, report)
  if (top === undefined) return undefined
  const name = memberOf(memberOf(top, 'naming'), 'server_name')
  return {
    serverName: name?.node.kind === 'scalar' ? name.node.text : '',
    schedules: recordsIn(memberOf(top, 'schedule')),
    actions: recordsIn(memberOf(top, 'actions')),
  }
}

function recordsIn(section: Value | undefined): KristaRecords['schedules'] {
  return new Map(membersOf(section).map((entry) => [entry.key, new Map(membersOf(entry).map(({ key, node }) => [key, masked(key, node)]))]))
}

function masked(key: string, node: YamlNode): Json {
  return looksSecret(key) && node.kind === 'scalar' && node.type !== 'null' ? MASK : jsonOf(node)
}

/** As PyYAML and Python's `json` make of it. */
function jsonOf(node: YamlNode): Json {
  if (node.kind === 'list') return node.items.map(jsonOf)
  if (node.kind === 'map') return Object.fromEntries([...node.members].map(([key, { value }]) => [key, masked(key, value)]))
  switch (node.type) {
    case 'null':
      return null
    case 'bool':
      return node.text === 'True'
    case 'int':
    case 'float':
      return Number.isFinite(Number(node.text)) ? Number(node.text) : node.text
    default:
      return node.text
  }
}
