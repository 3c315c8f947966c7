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

const SECOND_MS = 1000
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

/** Milliseconds of `90s`, `10m`, `6h`, `2d`, `500ms` or `0`; undefined when it is none of these. */
export function parseDuration(text: string): number | undefined {
  const match = /^(?<number>\d+(?:\.\d+)?)(?<unit>ms|s|m|h|d)$/u.exec(text)
  if (match?.groups === undefined) return text === '0' ? 0 : undefined
  const unit = match.groups['unit'] as keyof typeof UNITS_MS
  const durationMs = Math.round(Number(match.groups['number']) * UNITS_MS[unit])
  return Number.isSafeInteger(durationMs) ? durationMs : undefined
}

/** `1 set`, `2 sets`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Text of a foreign program or name on one line of a terminal: line breaks and control characters are written out, nothing is interpreted. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/gu, (c) => {
    const short = JSON.stringify(c).slice(1, -1)
    return short === c ? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}` : short
  })
}

/** A message that may span lines, where a cause does, on one line. */
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
