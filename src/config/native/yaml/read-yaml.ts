import { isScalar, LineCounter, parseDocument } from 'yaml'
import type { Position } from '../../../legacy/palhm/json/node.ts'
import type { Report } from '../../../legacy/palhm/report.ts'
import { problemOf } from '../../../legacy/yaml/problems.ts'
import { positionIn, readYamlText } from '../../../legacy/yaml/yaml-text.ts'
import { buildNode } from './build-node.ts'
import { emptyMap, type YamlNode } from './node.ts'

const MAX_TOLD = 3

/** Reads one YAML 1.2 file. Tells everything wrong with it and gives undefined then. An empty file is an empty mapping. */
export function readYaml(file: string, bytes: Uint8Array, report: Report): YamlNode | undefined {
  const text = readYamlText(file, bytes, report)
  if (text === undefined) return undefined
  const lines = new LineCounter()
  const at = (offset: number): Position => positionIn(text, offset, lines)
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      strict: true,
      version: '1.2',
      uniqueKeys: false,
      logLevel: 'error',
    })
    // How deep is too deep depends on the stack, and so does the place.
    if (document.errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) throw new RangeError('nested too deeply')
    const faults = [...document.errors, ...document.warnings].map(({ code, pos }) => ({ code, at: at(pos[0]) }))
    // Most of those behind the first are its echoes.
    const told = faults.filter(({ at: { line } }, index) => faults.findIndex((it) => it.at.line === line) === index).slice(0, MAX_TOLD)
    for (const it of told) report.error({ file, path: '', at: it.at }, ...problemOf(it.code))
    if (told.length > 0) return undefined
    return isNothing(document.contents) ? emptyMap(file) : buildNode(document, { file, at, report })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return report.error({ file, path: '', at: { line: 1, column: 1 } }, 'lists and mappings are nested too deeply')
  }
}

function isNothing(contents: unknown): boolean {
  return contents === null || (isScalar(contents) && contents.value === null && contents.source === '')
}
