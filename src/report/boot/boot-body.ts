import { Document, Scalar, type Tags, visit } from 'yaml'
import { printableLines, yamlLines } from '../../lib/format.ts'

/** The values of a report by key. Undefined ones are omitted. */
export type BootFacts = Readonly<Record<string, unknown>>

/** The text of a report: the header as comments, then one YAML mapping `boot-report`, with its keys in alphabetical order. */
export function renderBootBody(header: string, facts: BootFacts): string {
  // Characters that a YAML reader may treat as a line break would end the comment; invalid ones would be a syntax error.
  const lines = header.split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/u).map((line) => printableLines(line.replaceAll(UNPRINTABLE, '\ufffd')))
  const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
  return `${lines.map((line) => `# ${line}\n`).join('')}${renderYaml({ 'boot-report': known })}`
}

// YAML 1.1 and 1.2, c-printable.
const UNPRINTABLE = /[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu
// Texts that the library does not quote although some readers interpret them: merge and default keys and line breaks of 1.1, octal numbers of 1.2.
const AMBIGUOUS = /^(?:=|<<|0o[0-7]+)$|\t/u
const RAW = /[\ufffe\uffff]/gu

/** YAML with the same meaning in versions 1.1 and 1.2. */
function renderYaml(content: unknown): string {
  // 1.1 has more special words and numbers: a text quoted for it is a text for every reader.
  const document = new Document(content, { version: '1.1', schema: 'yaml-1.1', customTags: withoutMerge, sortMapEntries: true })
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== 'string') return
      const isOdd = AMBIGUOUS.test(node.value) || node.value.search(UNPRINTABLE) >= 0 || printableLines(node.value) !== node.value
      if (isOdd) node.type = Scalar.QUOTE_DOUBLE
    },
  })
  const text = document.toString({ indentSeq: false, lineWidth: 0, singleQuote: true })
  // These are valid only within double quotes, where the library writes them unescaped.
  return yamlLines(text).replaceAll(RAW, (character) => `\\u${character.charCodeAt(0).toString(16)}`)
}

// With this tag, the library writes the text "<<" without quotes, regardless of the options.
function withoutMerge(tags: Tags): Tags {
  return tags.filter((it) => typeof it === 'string' || it.tag !== 'tag:yaml.org,2002:merge')
}
