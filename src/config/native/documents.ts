import { basename, dirname, isAbsolute, join } from 'node:path/posix'
import type { Report, SourceLocation } from '../../document/issue-report.ts'
import { describeNode, emptyMap, itemsOf, locationOf, memberOf, mergeNodes, type YamlNode } from '../../document/yaml/node.ts'
import { readYaml } from '../../document/yaml/read-yaml.ts'
import { systemCode } from '../../lib/errors.ts'
import { quoted } from '../../lib/quoted.ts'
import type { FileReader } from '../../plan/loading.ts'
import { whyUnreadable } from '../../plan/why-unreadable.ts'

export interface Documents {
  /** All files as one mapping. Keys of a file override those of its includes; of two includes, the later one takes precedence. */
  readonly top: YamlNode
  /** The main file, with its links resolved if possible. */
  readonly file: string
  /** All files that were found, in the order of reading. */
  readonly files: readonly string[]
  /** False if a file could not be read or parsed: missing definitions may be in it. */
  readonly complete: boolean
}

interface Visit {
  readonly path: string
  /** The location of the include. */
  readonly spot: SourceLocation
  /** The files being included, the main one first. */
  readonly chain: readonly string[]
}

/** Reads a file and its includes. Relative includes start at the folder of the including file, with links resolved. */
export async function readDocuments(file: string, { reader, report }: { readonly reader: FileReader; readonly report: Report }): Promise<Documents> {
  const reading: IncludeState = { reader, report, files: [], parts: [], complete: true }
  await visit({ path: file, spot: { file, path: '' }, chain: [] }, reading)
  const { parts, files, complete } = reading
  const [first = emptyMap(file), ...others] = parts
  return { top: others.reduce(mergeNodes, first), file: files[0] ?? file, files, complete }
}

interface IncludeState {
  readonly reader: FileReader
  readonly report: Report
  readonly files: string[]
  readonly parts: YamlNode[]
  complete: boolean
}

async function visit({ path, spot, chain }: Visit, reading: IncludeState): Promise<void> {
  const { reader, report, files, parts } = reading
  const found = await reader.resolve(path).catch(cannotRead(path, spot, reading))
  if (found === undefined) return
  if (chain.includes(found)) {
    const circle = [...chain.slice(chain.indexOf(found)), found].map(quoted).join(' → ')
    return report.error(spot, `circular include: ${circle}`)
  }
  if (files.includes(found)) return
  files.push(found)
  const bytes = await reader.read(found).catch(cannotRead(found, spot, reading))
  const top = bytes && readTop(found, bytes, reading)
  if (!top) return
  for (const { pattern, at } of includesOf(top, report)) {
    const absolute = isAbsolute(pattern) ? pattern : join(dirname(found), pattern)
    const paths = await expandPattern(absolute, reader).catch(cannotRead(pattern, at, reading))
    for (const next of paths ?? []) await visit({ path: next, spot: at, chain: [...chain, found] }, reading)
  }
  parts.push(top)
}

function cannotRead(path: string, spot: SourceLocation, reading: IncludeState): (error: unknown) => undefined {
  return (error) => {
    reading.complete = false
    return reading.report.error(spot, `could not read ${quoted(path)}: ${whyUnreadable(error)}`)
  }
}

function readTop(path: string, bytes: Uint8Array, reading: IncludeState): YamlNode | undefined {
  const node = readYaml(path, bytes, reading.report)
  if (node?.kind === 'map') return node
  reading.complete = false
  if (node)
    reading.report.error(locationOf({ node, path: '' }), `expected a mapping, found ${describeNode(node)}`, 'The file must start with "version: 1".')
  return undefined
}

/** Values that are not strings are reported with the schema errors. */
function includesOf(top: YamlNode, report: Report): readonly { readonly pattern: string; readonly at: SourceLocation }[] {
  const value = memberOf({ node: top, path: '' }, 'include')
  const listed = value?.node.kind === 'list' ? itemsOf(value) : value ? [value] : []
  return listed.flatMap((item) => {
    const pattern = item.node.kind === 'scalar' ? item.node.value : undefined
    if (typeof pattern !== 'string') return []
    if (pattern !== '' && !pattern.includes('\0')) return [{ pattern, at: locationOf(item) }]
    report.error(locationOf(item), 'expected a file name')
    return []
  })
}

/**
 * The files that match a path with `*` and `?` in its last part, sorted by name; a path without them is returned unchanged. Hidden files do not
 * match, and a missing folder has none. Rejects like the reader.
 */
async function expandPattern(path: string, reader: FileReader): Promise<readonly string[]> {
  const pattern = basename(path)
  if (!/[*?]/u.test(pattern) || reader.list === undefined) return [path]
  const words = pattern
    .replaceAll(/[.+^${}()|[\]\\]/gu, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  const wanted = new RegExp(`^${words}$`, 'u')
  const names = await reader.list(dirname(path)).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  })
  return names
    .filter((name) => wanted.test(name) && !name.startsWith('.'))
    .toSorted()
    .map((name) => join(dirname(path), name))
}
