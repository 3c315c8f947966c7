import { Document, isScalar, visit } from 'yaml'
import { printable } from '../../lib/format.ts'
import type { NewValue } from './convert-command.ts'

/** A native configuration as text, with comments at its beginning. */
export function renderYaml(content: ReadonlyMap<string, NewValue>, notes: readonly string[]): string {
  const document = new Document(content, { version: '1.2', aliasDuplicateObjects: false })
  visit(document, {
    Seq: (_key, seq) => {
      if (seq.items.every((it) => isScalar(it))) seq.flow = true
    },
    Map: (_key, map) => {
      if (map.items.length === 0) map.flow = true
    },
  })
  const comment = notes.map((line) => `# ${printable(line)}`).join('\n')
  return `# yaml-language-server: $schema=./holdfast.schema.json\n${comment}\n\n${document.toString({ lineWidth: 0, flowCollectionPadding: false })}`
}
