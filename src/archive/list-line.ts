import type { Entry } from './entry-set.ts'

const COMMA = 0x2c
const NEWLINE = 0x0a

/** The double as Python prints it: shortest digits that read back as the same, always with a fraction or an exponent of two digits at least. */
export function pythonFloat(value: number): string {
  const magnitude = Math.abs(value)
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  if (magnitude >= 1e16 || magnitude < 1e-4) {
    const [digits = '', exponent = ''] = value.toExponential().split('e')
    return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`
  }
  const text = String(value)
  return text.includes('.') ? text : `${text}.0`
}

/** Whether a list can name it: a line break would make two lines of it. */
export function isListable({ bytes, start, end }: Entry): boolean {
  const at = (bytes as Buffer).indexOf(NEWLINE, start)
  return at < 0 || at >= end
}

/** Where a line's parts are. Undefined: it is damaged. */
export function parseLine(bytes: Buffer, start: number, end: number): Entry | undefined {
  const first = bytes.indexOf(COMMA, start)
  const second = first < 0 ? -1 : bytes.indexOf(COMMA, first + 1)
  if (second < 0 || second >= end) return undefined
  const mtimeText = bytes.toString('latin1', start, first)
  const sizeText = bytes.toString('latin1', first + 1, second)
  const mtime = Number(mtimeText)
  const size = Number(sizeText)
  if (mtimeText === '' || sizeText === '' || !Number.isFinite(mtime) || !Number.isInteger(size)) return undefined
  return { mtime, size, bytes, start: second + 1, end }
}
