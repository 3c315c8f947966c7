import { stringify } from 'yaml'

/** What a report tells, by the names of its keys. Undefined is left out. */
export type BootFacts = Readonly<Record<string, unknown>>

/** The text of a report: the header as comments, then one YAML mapping `boot-report`, its keys in alphabetical order. */
export function renderBootBody(header: string, facts: BootFacts): string {
  // Whatever a YAML reader may take for a line break would end the comment.
  const comments = header.split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/u).map((line) => `# ${line}\n`)
  const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
  // YAML 1.1 has more words and numbers that a plain text could be taken for: quoted for it, a text is one for every reader.
  const options = { version: '1.1', schema: 'yaml-1.1', indentSeq: false, sortMapEntries: true, lineWidth: 0, singleQuote: true } as const
  return `${comments.join('')}${stringify({ 'boot-report': known }, options)}`
}
