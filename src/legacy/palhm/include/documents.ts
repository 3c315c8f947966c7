import { dirname, isAbsolute, normalize } from 'node:path'
import type { Report, SourceLocation } from '../../../document/issue-report.ts'
import { describeKind } from '../../../document/json/node.ts'
import { readJson } from '../../../document/json/read-json.ts'
import { systemCode } from '../../../lib/errors.ts'
import { quoted } from '../../../lib/quoted.ts'
import type { FileReader } from '../../../plan/loading.ts'
import { whyUnreadable } from '../../../plan/why-unreadable.ts'
import { listOf, member, textOf, type Value, valueIn } from '../values/value.ts'

/** One parsed file. `top` is an object. */
export interface Document {
  readonly file: string
  readonly top: Value
}

export interface Documents {
  /** Every file once, each followed by its includes: the order in which lists are concatenated, and in which later settings take precedence. */
  readonly documents: readonly Document[]
  /** The main file, with its links resolved if possible. */
  readonly file: string
  /** All files that were found, in the order of reading. */
  readonly files: readonly string[]
  /** False if a file could not be read or parsed. */
  readonly complete: boolean
}

/** The file that is shipped with the program, and its name in configurations. */
const SHIPPED = 'conf.d/core.json'
const SHIPPED_NAMES: readonly string[] = [SHIPPED, `/etc/palhm/${SHIPPED}`]

export interface ReadOptions {
  readonly reader: FileReader
  /** The folder that contains `conf.d/core.json`, for hosts without it. */
  readonly shippedRoot?: string
  readonly report: Report
}

interface Visit {
  readonly path: string
  /** For an include: the path in the configuration. */
  readonly written?: string
  /** The location of the include. */
  readonly spot: SourceLocation
  /** The files being included, the main one first. */
  readonly chain: readonly string[]
}

/**
 * Reads a file and its includes, depth first. Relative includes start at the folder of the including file, with links resolved. A file that was
 * already read is skipped; a circular include is an error.
 */
export async function readDocuments(file: string, options: ReadOptions): Promise<Documents> {
  const documents: Document[] = []
  const files: string[] = []
  let complete = true

  const visit = async (wanted: Visit): Promise<void> => {
    const { spot, chain } = wanted
    const found = await findFile(wanted, options)
    if (found === undefined) {
      complete = false
      return
    }
    if (chain.includes(found))
      return options.report.error(spot, `circular include: ${[...chain.slice(chain.indexOf(found)), found].map(quoted).join(' → ')}`)
    if (files.includes(found)) return
    files.push(found)
    const top = await readTop(found, spot, options)
    if (!top) {
      complete = false
      return
    }
    documents.push({ file: found, top })
    for (const { path: next, at } of includesOf(top, options.report))
      await visit({ path: isAbsolute(next) ? next : `${dirname(found)}/${next}`, written: next, spot: at, chain: [...chain, found] })
  }

  await visit({ path: file, spot: { file, path: '' }, chain: [] })
  return { documents, file: files[0] ?? file, files, complete }
}

async function findFile({ path, written, spot }: Visit, { reader, shippedRoot, report }: ReadOptions): Promise<string | undefined> {
  try {
    return await reader.resolve(path)
  } catch (error) {
    const isShipped =
      shippedRoot !== undefined && written !== undefined && SHIPPED_NAMES.includes(normalize(written)) && systemCode(error) === 'ENOENT'
    if (!isShipped) return report.error(spot, `could not read ${quoted(path)}: ${whyUnreadable(error)}`)
    const shipped = `${shippedRoot}/${SHIPPED}`
    report.warn(spot, `${quoted(path)} does not exist; the file shipped with the program is used`)
    return await reader.resolve(shipped).catch((fault: unknown) => report.error(spot, `could not read ${quoted(shipped)}: ${whyUnreadable(fault)}`))
  }
}

async function readTop(file: string, spot: SourceLocation, { reader, report }: ReadOptions): Promise<Value | undefined> {
  let bytes: Uint8Array
  try {
    bytes = await reader.read(file)
  } catch (error) {
    return report.error(spot, `could not read ${quoted(file)}: ${whyUnreadable(error)}`)
  }
  const { root, problems } = readJson(bytes, /\.jsonc$/iu.test(file) ? 'jsonc' : 'json')
  for (const { severity, at, message, hint } of problems) report[severity === 'error' ? 'error' : 'warn']({ file, path: '', at }, message, hint)
  if (!root) return undefined
  if (root.kind === 'object') return valueIn(file, root)
  return report.error(valueIn(file, root), `expected an object, found ${describeKind(root)}`, 'The file must contain one object: { … }.')
}

function includesOf(top: Value, report: Report): readonly { readonly path: string; readonly at: Value }[] {
  const list = member(top, 'include')
  const items = (list && listOf(list, report)) ?? []
  return items.flatMap((at) => {
    const path = textOf(at, report)
    return path === undefined ? [] : [{ path, at }]
  })
}
