import { isScalar, parseDocument } from 'yaml'
import type { Report } from '../issue-report.ts'
import { buildNode, problemOf } from './build-node.ts'
import { findUnclosed } from './find-unclosed.ts'
import { emptyMap, type YamlNode } from './node.ts'
import { positionsIn, readYamlText, type YamlBuilding } from './yaml-text.ts'

const YAML_1_2: YamlDialect = {
  options: { strict: true, version: '1.2' },
  faultsOf: ({ errors, warnings }) => [...errors, ...warnings],
}

/** Parses one YAML 1.2 file. Reports all errors, and returns undefined then. An empty file is an empty mapping. */
export function readYaml(file: string, bytes: Uint8Array, report: Report): YamlNode | undefined {
  return parseYaml({ file, bytes, report }, YAML_1_2, (document, building) =>
    isNothing(document.contents) ? emptyMap(file) : buildNode(document, building),
  )
}

function isNothing(contents: unknown): boolean {
  return contents === null || (isScalar(contents) && contents.value === null && contents.source === '')
}

type Document = ReturnType<typeof parseDocument>

export interface YamlDialect {
  readonly options: Parameters<typeof parseDocument>[1]
  /** The relevant errors of the parser. */
  readonly faultsOf: (document: Document) => readonly (Document['errors'] | Document['warnings'])[number][]
}

const MAX_REPORTED = 3

/** Parses one YAML file and builds a tree with `build`. Reports all errors, and returns undefined then. */
export function parseYaml<T>(
  { file, bytes, report }: { readonly file: string; readonly bytes: Uint8Array; readonly report: Report },
  { options, faultsOf }: YamlDialect,
  build: (document: Document, building: YamlBuilding) => T | undefined,
): T | undefined {
  const text = readYamlText(file, bytes, report)
  if (text === undefined) return undefined
  const at = positionsIn(text)
  try {
    const document = parseDocument(text, { prettyErrors: false, uniqueKeys: false, logLevel: 'error', ...options })
    // The maximum depth depends on the stack, and so does the location.
    if (document.errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) throw new RangeError('nested too deeply')
    const found = faultsOf(document)
    const [first] = found
    const unclosed = first && findUnclosed(text, first.pos[0])
    if (unclosed !== undefined)
      return report.error(
        { file, path: '', at: at(unclosed.offset) },
        `${JSON.stringify(unclosed.opened)} is not closed`,
        `Add the missing ${JSON.stringify(unclosed.missing)}.`,
      )
    const faults = found.map(({ code, pos }) => ({ code, at: at(pos[0]) }))
    // Most errors after the first one are its consequences.
    const reported = faults.filter(({ at: { line } }, index) => faults.findIndex((it) => it.at.line === line) === index).slice(0, MAX_REPORTED)
    for (const it of reported) report.error({ file, path: '', at: it.at }, ...problemOf(it.code))
    return reported.length > 0 ? undefined : build(document, { file, at, report })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return report.error({ file, path: '', at: { line: 1, column: 1 } }, 'lists and mappings are nested too deeply')
  }
}
