import { isScalar } from 'yaml'
import type { Report } from '../report.ts'
import { buildNode } from './build-node.ts'
import { emptyMap, type YamlNode } from './node.ts'
import { parseYaml, type YamlDialect } from './parse-yaml.ts'

const YAML_1_2: YamlDialect = {
  options: { strict: true, version: '1.2' },
  faultsOf: ({ errors, warnings }) => [...errors, ...warnings],
}

/** Reads one YAML 1.2 file. Tells everything wrong with it and gives undefined then. An empty file is an empty mapping. */
export function readYaml(file: string, bytes: Uint8Array, report: Report): YamlNode | undefined {
  return parseYaml({ file, bytes, report }, YAML_1_2, (document, building) =>
    isNothing(document.contents) ? emptyMap(file) : buildNode(document, building),
  )
}

function isNothing(contents: unknown): boolean {
  return contents === null || (isScalar(contents) && contents.value === null && contents.source === '')
}
