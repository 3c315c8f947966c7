import { isScalar, LineCounter, parseDocument } from 'yaml'
import { decodeUtf8 } from '../../../legacy/palhm/json/decode-utf8.ts'
import type { Position } from '../../../legacy/palhm/json/node.ts'
import type { Report } from '../../../legacy/palhm/report.ts'
import { buildNode } from './build-node.ts'
import { emptyMap, type YamlNode } from './node.ts'
import { problemOf } from './problems.ts'

// A configuration written by people is far smaller.
const MAX_BYTES = 4 * 1024 * 1024

const MAX_TOLD = 3

/** Reads one YAML 1.2 file. Tells everything wrong with it and gives undefined then. An empty file is an empty mapping. */
export function readYaml(file: string, bytes: Uint8Array, report: Report): YamlNode | undefined {
  const text = textOf(file, bytes, report)
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

function textOf(file: string, bytes: Uint8Array, report: Report): string | undefined {
  const spot = (at: Position) => ({ file, path: '', at })
  const first = { line: 1, column: 1 }
  if (bytes.length > MAX_BYTES) return report.error(spot(first), `the file is larger than ${MAX_BYTES / 1024 / 1024} MiB`)
  if (bytes.length >= 2 && (bytes[0] === 0 || bytes[1] === 0 || bytes[0] === 0xfe || bytes[0] === 0xff))
    return report.error(spot(first), 'the file is not in UTF-8 but in UTF-16 or UTF-32', 'Save it in UTF-8.')
  const decoded = decodeUtf8(bytes)
  if (decoded.kind === 'invalid') return report.error(spot(decoded.at), 'the file is not in UTF-8 here', 'Save it in UTF-8.')
  const text = decoded.text.replace(/^\ufeff/u, '')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
  const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/u.exec(text)
  if (control)
    return report.error(spot(positionIn(text, control.index)), 'a control character', 'Write it as an escape in double quotes, such as "\\u001b".')
  return text
}

function positionIn(text: string, offset: number, lines?: LineCounter): Position {
  const before = text.slice(0, offset)
  const line = lines?.linePos(offset).line ?? before.split('\n').length
  return { line: Math.max(1, line), column: [...before.slice(before.lastIndexOf('\n') + 1)].length + 1 }
}
