import { Document, isScalar, Scalar, visit } from 'yaml'
import { printable, printableLines, yamlLines } from '../../lib/format.ts'
import type { NewValue } from './convert-command.ts'

/** A native configuration as text, preceded by comments. */
export function renderYaml(content: ReadonlyMap<string, NewValue>, notes: readonly string[]): string {
  const document = new Document(content, { version: '1.2', aliasDuplicateObjects: false })
  visit(document, {
    Scalar: (_key, scalar) => {
      // Such a character can be escaped only in double quotes.
      if (typeof scalar.value === 'string' && printableLines(scalar.value) !== scalar.value) scalar.type = Scalar.QUOTE_DOUBLE
    },
    Seq: (_key, seq) => {
      if (seq.items.every((it) => isScalar(it))) seq.flow = true
    },
    Map: (_key, map) => {
      if (map.items.length === 0) map.flow = true
    },
  })
  const comment = notes.map((line) => `# ${printable(line)}`).join('\n')
  return `${comment}\n\n${yamlLines(document.toString({ lineWidth: 0, flowCollectionPadding: false }))}`
}
