import { dirname, isAbsolute, join } from 'node:path/posix'
import { quoted, type Report, type Spot } from '../../legacy/palhm/report.ts'
import { systemCode } from '../../lib/errors.ts'
import type { FileReader } from '../../plan/loading.ts'
import { expandPattern } from './expand-pattern.ts'
import { mergeNodes } from './yaml/merge-nodes.ts'
import { describeNode, emptyMap, itemsOf, memberOf, spotOf, type YamlNode } from './yaml/node.ts'
import { readYaml } from './yaml/read-yaml.ts'

export interface Documents {
  /** All files as one mapping. What a file says wins over what it includes; of two included ones, the later one wins. */
  readonly top: YamlNode
  /** The main file, resolved where that was possible. */
  readonly file: string
  /** Every file that was found, in the order of reading. */
  readonly files: readonly string[]
  /** False when a file could not be read or understood: what seems to be missing may stand there. */
  readonly complete: boolean
}

interface Visit {
  readonly path: string
  /** Where it was asked for. */
  readonly spot: Spot
  /** The files that are being included, the main one first. */
  readonly chain: readonly string[]
}

/** Reads a file and what it includes. Relative includes begin at the folder of the file that names them, links resolved. */
export async function readDocuments(file: string, { reader, report }: { readonly reader: FileReader; readonly report: Report }): Promise<Documents> {
  const files: string[] = []
  const parts: YamlNode[] = []
  let complete = true

  const visit = async ({ path, spot, chain }: Visit): Promise<void> => {
    const found = await reader.resolve(path).catch((error: unknown) => cannotRead(path, error, spot))
    if (found === undefined) return
    if (chain.includes(found)) {
      const circle = [...chain.slice(chain.indexOf(found)), found].map(quoted).join(' → ')
      return report.error(spot, `files include each other in a circle: ${circle}`)
    }
    if (files.includes(found)) return
    files.push(found)
    const bytes = await reader.read(found).catch((error: unknown) => cannotRead(found, error, spot))
    const top = bytes && readTop(found, bytes)
    if (!top) return
    for (const { pattern, at } of includesOf(top, report)) {
      const absolute = isAbsolute(pattern) ? pattern : join(dirname(found), pattern)
      const paths = await expandPattern(absolute, reader).catch((error: unknown) => cannotRead(pattern, error, at))
      for (const next of paths ?? []) await visit({ path: next, spot: at, chain: [...chain, found] })
    }
    parts.push(top)
  }
  const cannotRead = (path: string, error: unknown, spot: Spot): undefined => {
    complete = false
    return report.error(spot, `${quoted(path)} cannot be read: ${reasonOf(error)}`)
  }
  const readTop = (path: string, bytes: Uint8Array): YamlNode | undefined => {
    const node = readYaml(path, bytes, report)
    if (node && node.kind !== 'map')
      report.error(spotOf({ node, path: '' }), `a mapping is expected, not ${describeNode(node)}`, 'It begins with "version: 1".')
    if (node?.kind === 'map') return node
    complete = false
    return undefined
  }

  await visit({ path: file, spot: { file, path: '' }, chain: [] })
  const [first = emptyMap(file), ...others] = parts
  return { top: others.reduce(mergeNodes, first), file: files[0] ?? file, files, complete }
}

/** What is no string is told with the rest of the form. */
function includesOf(top: YamlNode, report: Report): readonly { readonly pattern: string; readonly at: Spot }[] {
  const value = memberOf({ node: top, path: '' }, 'include')
  const listed = value?.node.kind === 'list' ? itemsOf(value) : value ? [value] : []
  return listed.flatMap((item) => {
    const pattern = item.node.kind === 'scalar' ? item.node.value : undefined
    if (typeof pattern !== 'string') return []
    if (pattern !== '' && !pattern.includes('\0')) return [{ pattern, at: spotOf(item) }]
    report.error(spotOf(item), 'the name of a file is expected')
    return []
  })
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is no folder',
  ELOOP: 'too many links',
  ENAMETOOLONG: 'the name is too long',
}

function reasonOf(error: unknown): string {
  const code = systemCode(error) ?? 'unknown reason'
  return REASONS[code] ?? code
}
