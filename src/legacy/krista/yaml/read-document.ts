import { isScalar } from 'yaml'
import type { Report } from '../../../document/issue-report.ts'
import { parseYaml, type YamlDialect } from '../../../document/yaml/read-yaml.ts'
import { buildNode } from './build-node.ts'
import { type Value, valueIn } from './value.ts'

// Tags are checked when the values are built; indentation inside brackets was never significant.
const IGNORED_FAULTS: ReadonlySet<string> = new Set(['TAG_RESOLVE_FAILED'])

const YAML_1_1: YamlDialect = {
  // Every scalar in its source form: its type is determined here.
  options: { strict: false, version: '1.1', schema: 'failsafe', merge: false, resolveKnownTags: false },
  faultsOf: ({ errors }) => errors.filter(({ code }) => !IGNORED_FAULTS.has(code)),
}

/** Parses one YAML 1.1 file like PyYAML (types of plain scalars, merge keys, the last of duplicate keys). Reports all errors, and returns undefined then. */
export function readDocument(file: string, bytes: Uint8Array, report: Report): Value | undefined {
  return parseYaml({ file, bytes, report }, YAML_1_1, (document, building) => {
    const { contents } = document
    if (contents === null || (isScalar(contents) && contents.type === 'PLAIN' && contents.source === ''))
      return valueIn(file, { kind: 'scalar', at: { line: 1, column: 1 }, type: 'null', text: 'None', source: '' })
    const node = buildNode(document, building)
    return node && valueIn(file, node)
  })
}
