import { SECOND_MS } from './durations.ts'

const BYTE_UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const

/** `512 B`, `3.4 GiB`: IEC units (IEC 80000-13), three significant digits at most. */
export function formatBytes(bytes: number | bigint): string {
  let value = Number(bytes)
  if (value < 1024) return `${value} B`
  let unit = -1
  // 1023.95 would be written as "1024.0": it belongs to the next unit.
  while (value >= 1023.95 && unit < BYTE_UNITS.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)} ${BYTE_UNITS[unit]}`
}

const UNITS_MS = { ms: 1, s: SECOND_MS, m: 60 * SECOND_MS, h: 3600 * SECOND_MS, d: 86_400 * SECOND_MS } as const

/** `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `5 d 3 h`. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, durationMs) / SECOND_MS
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return pair([Math.floor(whole / 60), 'min'], [whole % 60, 's'])
  if (whole < 86_400) return pair([Math.floor(whole / 3600), 'h'], [Math.floor((whole % 3600) / 60), 'min'])
  return pair([Math.floor(whole / 86_400), 'd'], [Math.floor((whole % 86_400) / 3600), 'h'])
}

/** Milliseconds of `90s`, `10m`, `6h`, `2d`, `500ms` or `0`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^(?<number>\d+(?:\.\d+)?)(?<unit>ms|s|m|h|d)$/u.exec(text)
  if (match?.groups === undefined) return text === '0' ? 0 : undefined
  const unit = match.groups['unit'] as keyof typeof UNITS_MS
  const durationMs = Math.round(Number(match.groups['number']) * UNITS_MS[unit])
  return Number.isSafeInteger(durationMs) ? durationMs : undefined
}

/** `1 set`, `2 sets`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`
}

/**
 * Control characters, format characters (including those that change the direction of text), line and paragraph separators, lone surrogates, and
 * other invisible characters (Unicode Standard, "Default_Ignorable_Code_Point").
 */
export const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu

/**
 * Text of a foreign program or a name on one line: characters that a terminal, a mail program or a browser would interpret, reorder or hide are
 * escaped as in JSON. Other text is not changed.
 */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, writtenOut)
}

/** The same for text of several lines: line breaks and tabs are kept. */
export function printableLines(text: string): string {
  return text.replaceAll(UNPRINTABLE, (c) => (c === '\n' || c === '\t' ? c : writtenOut(c)))
}

/** The same for YAML in which texts with such characters are in double quotes: its meaning does not change. */
export function yamlLines(text: string): string {
  return text.replaceAll(UNPRINTABLE, (c) => {
    const code = c.codePointAt(0) ?? 0
    if (c === '\n' || c === '\t') return c
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
}

// Control characters above ASCII are commands for some terminals, like those after an escape character.
const REORDERING = /[\u0080-\u009f\p{Bidi_Control}]/gu

/** Finished output with colors and cursor movements, without characters that would reorder it. The meaning of JSON texts does not change. */
export function inOrder(text: string): string {
  return text.replaceAll(REORDERING, writtenOut)
}

/** `\n`, `\u202e`, and above U+FFFF two surrogates: `\udb40\udc41`. */
function writtenOut(characters: string): string {
  const short = JSON.stringify(characters).slice(1, -1)
  return short === characters
    ? characters
        .split('')
        .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
        .join('')
    : short
}

/** A message that may span lines because of its cause, on one line. */
export function oneLine(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line.trim()))
    .filter(Boolean)
    .join(' ')
}

function pair(large: readonly [number, string], small: readonly [number, string]): string {
  return small[0] === 0 ? large.join(' ') : `${large.join(' ')} ${small.join(' ')}`
}

const UNITS = ['K', 'M', 'G', 'T', 'P', 'E']

/**
 * The number of bytes of `4096`, `512MiB` (IEC 80000-13), `1.5GB` (powers of 1000); undefined for anything else and for numbers that are not whole
 * and below 2^53.
 */
export function parseBytes(text: string): number | undefined {
  const { number, unit = '' } = /^(?<number>\d+(?:\.\d+)?) ?(?<unit>B|[KMGTPE]i?B)?$/u.exec(text)?.groups ?? {}
  if (number === undefined) return undefined
  const power = UNITS.indexOf(unit.slice(0, 1)) + 1
  const bytes = Math.round(Number(number) * (unit.includes('i') ? 1024 : 1000) ** power)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** The first texts of a list, and how many there are besides: `a, b, c and 5 more`. */
export function firstTexts(texts: readonly string[], most = 3): string {
  const more = texts.length - most
  return `${texts.slice(0, most).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
