import { unescapeName } from './complaints.ts'

/** What a line of tar's stderr says (GNU tar, LC_ALL=C, quoting style "escape"). */
export type TarComplaint =
  /** The entry is not in the archive, or not as it is: it must not be in the list. */
  | { readonly kind: 'lost'; readonly name: Buffer; readonly why: string }
  /** It is in the archive, and was changed meanwhile. */
  | { readonly kind: 'torn'; readonly name: Buffer; readonly why: string }
  /** The last words after a failure with single entries only. */
  | { readonly kind: 'end' }
  | { readonly kind: 'harmless' }
  | { readonly kind: 'unknown' }

const LOST =
  /^tar: (?<name>.*?): (?<why>(?:Warning: )?Cannot (?:open|stat|read|readlink|savedir)\b.*|(?:Warning: )?Read error at byte .*|File removed before we read it|(?:socket|door) ignored|Unknown file type; file ignored|file is the archive; not dumped)$/u
const TORN = /^tar: (?<name>.*): (?<why>file changed as we read it|File shrank by .*)$/u
const HARMLESS = /^tar: Removing leading /u

export function tarComplaint(line: string): TarComplaint {
  if (line === 'tar: Exiting with failure status due to previous errors') return { kind: 'end' }
  if (line === '' || HARMLESS.test(line)) return { kind: 'harmless' }
  const torn = TORN.exec(line)?.groups
  if (torn) return { kind: 'torn', name: unescapeName(torn['name'] ?? ''), why: torn['why'] ?? '' }
  const lost = LOST.exec(line)?.groups
  if (lost) return { kind: 'lost', name: unescapeName(lost['name'] ?? ''), why: lost['why'] ?? '' }
  return { kind: 'unknown' }
}
