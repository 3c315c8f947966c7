import { Document, Scalar, type Tags, visit } from 'yaml'
import { printableLines, yamlLines } from '../../lib/format.ts'

/** What a report tells, by the names of its keys. Undefined is left out. */
export type BootFacts = Readonly<Record<string, unknown>>

/** The text of a report: the header as comments, then one YAML mapping `boot-report`, its keys in alphabetical order. */
export function renderBootBody(header: string, facts: BootFacts): string {
  // Whatever a YAML reader may take for a line break would end the comment; what it must not find anywhere would end the reading.
  const lines = header.split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/u).map((line) => printableLines(line.replaceAll(UNPRINTABLE, '\ufffd')))
  const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
  return `${lines.map((line) => `# ${line}\n`).join('')}${renderYaml({ 'boot-report': known })}`
}

// YAML 1.1 and 1.2, c-printable.
const UNPRINTABLE = /[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu
// What the library leaves plain although one kind of reader takes it for something else: merge and default keys and line breaks of 1.1, octal numbers of 1.2.
const AMBIGUOUS = /^(?:=|<<|0o[0-7]+)$|\t/u
const RAW = /[\ufffe\uffff]/gu

/** YAML that a reader of 1.1 and one of 1.2 take for the same. */
function renderYaml(content: unknown): string {
  // 1.1 has more words and numbers that a plain text could be taken for: quoted for it, a text is one for every reader.
  const document = new Document(content, { version: '1.1', schema: 'yaml-1.1', customTags: withoutMerge, sortMapEntries: true })
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== 'string') return
      const isOdd = AMBIGUOUS.test(node.value) || node.value.search(UNPRINTABLE) >= 0 || printableLines(node.value) !== node.value
      if (isOdd) node.type = Scalar.QUOTE_DOUBLE
    },
  })
  const text = document.toString({ indentSeq: false, lineWidth: 0, singleQuote: true })
  // These stand within double quotes alone, where the library writes them as they are.
  return yamlLines(text).replaceAll(RAW, (character) => `\\u${character.charCodeAt(0).toString(16)}`)
}

// By this tag the library writes a text "<<" without quotes, whatever is asked for.
function withoutMerge(tags: Tags): Tags {
  return tags.filter((it) => typeof it === 'string' || it.tag !== 'tag:yaml.org,2002:merge')
}
