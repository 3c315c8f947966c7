import { isScalar, LineCounter, parseDocument } from 'yaml'
import type { Position } from '../../palhm/json/node.ts'
import type { Report } from '../../palhm/report.ts'
import { problemOf } from '../../yaml/problems.ts'
import { positionIn, readYamlText } from '../../yaml/yaml-text.ts'
import { buildNode } from './build-node.ts'
import { type Value, valueIn } from './value.ts'

const MAX_TOLD = 3

// Tags are judged where the values are built; indentation inside brackets never mattered.
const FORGIVEN: ReadonlySet<string> = new Set(['TAG_RESOLVE_FAILED'])

/**
 * Reads one YAML 1.1 file as PyYAML reads it (kinds of plain scalars, merge keys, the last of twofold keys). Tells everything wrong with it and gives
 * undefined then.
 */
export function readDocument(file: string, bytes: Uint8Array, report: Report): Value | undefined {
  const text = readYamlText(file, bytes, report)
  if (text === undefined) return undefined
  const lines = new LineCounter()
  const at = (offset: number): Position => positionIn(text, offset, lines)
  try {
    // Every scalar as it is written: what it means is ours to say.
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      strict: false,
      version: '1.1',
      schema: 'failsafe',
      merge: false,
      resolveKnownTags: false,
      uniqueKeys: false,
      logLevel: 'error',
    })
    // How deep is too deep depends on the stack, and so does the place.
    if (document.errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) throw new RangeError('nested too deeply')
    const faults = document.errors.filter(({ code }) => !FORGIVEN.has(code)).map(({ code, pos }) => ({ code, at: at(pos[0]) }))
    // Most of those behind the first are its echoes.
    const told = faults.filter(({ at: { line } }, index) => faults.findIndex((it) => it.at.line === line) === index).slice(0, MAX_TOLD)
    for (const it of told) report.error({ file, path: '', at: it.at }, ...problemOf(it.code))
    if (told.length > 0) return undefined
    const { contents } = document
    if (contents === null || (isScalar(contents) && contents.type === 'PLAIN' && contents.source === ''))
      return valueIn(file, { kind: 'scalar', at: { line: 1, column: 1 }, type: 'null', text: 'None', source: '' })
    const node = buildNode(document, { file, at, report })
    return node && valueIn(file, node)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return report.error({ file, path: '', at: { line: 1, column: 1 } }, 'lists and mappings are nested too deeply')
  }
}
