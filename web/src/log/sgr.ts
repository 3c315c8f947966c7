/** A piece of a line with the same style. */
export interface Span {
  readonly text: string
  /** Classes of `log.css`; empty: default style. */
  readonly look: string
}

const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const

interface Look {
  colour: string
  isBold: boolean
  isDim: boolean
  isUnderlined: boolean
}

// CSI …; OSC and the like up to BEL or ST; any other escape sequence of two characters. An unterminated sequence consumes only its introducer.
const escapes =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /(?:\u001b\[|\u009b)(?<args>[0-9:;<=>?]*)[ -/]*(?<final>[@-~])|\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[ -/]*[0-~]?/gu

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\u0000-\u0008\u000b-\u001f\u007f]/gu
const hidden = /[\u0080-\u009f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2028\u2029\u2060-\u2069\ufeff]/gu

/**
 * Splits a line of a log into pieces of text: colours become classes, other terminal sequences are removed, and invisible characters are made
 * visible. Never HTML.
 */
export function readSgr(line: string): readonly Span[] {
  const spans: Span[] = []
  const look: Look = { colour: '', isBold: false, isDim: false, isUnderlined: false }
  let from = 0
  const add = (text: string) => {
    if (text !== '') spans.push({ text: visible(text), look: classesOf(look) })
  }
  const shown = afterReturn(line)
  for (const match of shown.matchAll(escapes)) {
    add(shown.slice(from, match.index))
    from = match.index + match[0].length
    if (match.groups?.['final'] === 'm') apply(look, match.groups['args'] ?? '')
  }
  add(shown.slice(from))
  return spans
}

/** The final text of a line that a progress bar has overwritten repeatedly. */
function afterReturn(line: string): string {
  const end = line.replace(/\r+$/u, '')
  return end.slice(end.lastIndexOf('\r') + 1)
}

function visible(text: string): string {
  return text
    .replace(controls, (it) => (it === '\u007f' ? '\u2421' : String.fromCodePoint(0x2400 + (it.codePointAt(0) ?? 0))))
    .replace(hidden, (it) => `\\u${(it.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`)
}

function apply(look: Look, args: string): void {
  const codes = args === '' ? [0] : args.split(/[;:]/u).map(Number)
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0
    if (code === 38 || code === 48) at += paletteLength(look, codes.slice(at))
    else applyOne(look, code)
  }
}

function applyOne(look: Look, code: number): void {
  if (code === 0) Object.assign(look, { colour: '', isBold: false, isDim: false, isUnderlined: false })
  else if (code === 1) look.isBold = true
  else if (code === 2) look.isDim = true
  else if (code === 4) look.isUnderlined = true
  else if (code === 22) Object.assign(look, { isBold: false, isDim: false })
  else if (code === 24) look.isUnderlined = false
  else if (code === 39) look.colour = ''
  else if (code >= 30 && code <= 37) look.colour = NAMES[code - 30] ?? ''
  else if (code >= 90 && code <= 97) look.colour = NAMES[code - 90] ?? ''
}

/** `38;5;n` and `38;2;r;g;b`: the first sixteen colours have classes, others are ignored, so that the theme applies. Returns the number of codes. */
function paletteLength(look: Look, [target, kind, index = 0]: readonly number[]): number {
  if (kind === 2) return 4
  if (kind !== 5) return 1
  if (target === 38) look.colour = NAMES[index < 16 ? index % 8 : -1] ?? ''
  return 2
}

function classesOf({ colour, isBold, isDim, isUnderlined }: Look): string {
  return [colour && `sgr-${colour}`, isBold && 'sgr-bold', isDim && 'sgr-dim', isUnderlined && 'sgr-under'].filter(Boolean).join(' ')
}
