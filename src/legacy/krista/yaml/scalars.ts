import { pythonFloat } from '../../../lib/python-float.ts'
import type { Scalar } from './value.ts'

// The types of plain scalars, in the order in which PyYAML 5 tests them (YAML 1.1, "yaml.org,2002" types, without those that PyYAML omits: y, n,
// 1e3).
const BOOL = /^(?:(?<yes>yes|Yes|YES|true|True|TRUE|on|On|ON)|no|No|NO|false|False|FALSE|off|Off|OFF)$/u
const FLOAT =
  /^(?:[-+]?(?:\d[\d_]*)\.[\d_]*(?:[eE][-+]\d+)?|\.\d[\d_]*(?:[eE][-+]\d+)?|[-+]?\d[\d_]*(?::[0-5]?\d)+\.[\d_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/u
const INT = /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][\d_]*)|[-+]?0x[\da-fA-F_]+|[-+]?[1-9][\d_]*(?::[0-5]?\d)+)$/u
const NULL = /^(?:~|null|Null|NULL|)$/u
const DATE = /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)$/u
const TIME =
  /^(?<year>\d{4})-(?<month>\d\d?)-(?<day>\d\d?)(?:[Tt]|[ \t]+)(?<hour>\d\d?):(?<minute>\d\d):(?<second>\d\d)(?:\.(?<fraction>\d*))?(?:[ \t]*(?:Z|(?<sign>[-+])(?<zoneHour>\d\d?)(?::(?<zoneMinute>\d\d))?))?$/u

export type ScalarType = Scalar['type']

/** The type of a plain scalar according to PyYAML. */
export function typeOfPlain(source: string): ScalarType {
  if (BOOL.test(source)) return 'bool'
  if (FLOAT.test(source)) return 'float'
  if (INT.test(source)) return 'int'
  if (NULL.test(source)) return 'null'
  return DATE.test(source) || TIME.test(source) ? 'time' : 'str'
}

/** The value of that type as Python's `str` formats it; undefined if the text is not of that type. */
export function pythonText(type: ScalarType, source: string): string | undefined {
  switch (type) {
    case 'null':
      return 'None'
    case 'bool':
      return BOOL.test(source) ? (BOOL.exec(source)?.groups?.['yes'] === undefined ? 'False' : 'True') : undefined
    case 'int':
      return intOf(source)?.toString()
    case 'float':
      return floatText(source)
    case 'time':
      return timeText(source)
    default:
      return source
  }
}

function intOf(source: string): bigint | undefined {
  const { sign = '', digits = '' } = /^(?<sign>[-+]?)(?<digits>.*)$/su.exec(source.replaceAll('_', ''))?.groups ?? {}
  const value = digits.includes(':') ? sexagesimal(digits) : plainInt(digits)
  return value === undefined ? undefined : sign === '-' ? -value : value
}

function plainInt(digits: string): bigint | undefined {
  if (/^0b[01]+$/u.test(digits) || /^0x[\da-f]+$/iu.test(digits) || /^(?:0|[1-9]\d*)$/u.test(digits)) return BigInt(digits)
  return /^0[0-7]+$/u.test(digits) ? BigInt(`0o${digits}`) : undefined
}

function sexagesimal(digits: string): bigint | undefined {
  const parts = digits.split(':')
  return parts.every((it) => /^\d+$/u.test(it)) ? parts.reduce((sum, it) => sum * 60n + BigInt(it), 0n) : undefined
}

function floatText(source: string): string | undefined {
  const text = source.replaceAll('_', '').toLowerCase()
  const sign = text.startsWith('-') ? -1 : 1
  const bare = text.replace(/^[-+]/u, '')
  if (bare === '.inf') return sign < 0 ? '-inf' : 'inf'
  if (bare === '.nan') return 'nan'
  if (!/^[\d.:]+(?:e[-+]\d+)?$/u.test(bare) || !/\d/u.test(bare)) return undefined
  return pythonFloat(sign * bare.split(':').reduce((sum, it) => sum * 60 + Number(it === '' ? '0' : it), 0))
}

function timeText(source: string): string | undefined {
  const groups = (DATE.exec(source) ?? TIME.exec(source))?.groups
  if (!groups) return undefined
  const part = (name: string) => Number(groups[name] ?? 0)
  const date = new Date(Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')))
  const isReal = date.getUTCMonth() === part('month') - 1 && date.getUTCDate() === part('day') && part('hour') < 24 && part('minute') < 60
  if (!isReal || part('second') > 59 || part('year') === 0) return undefined
  if (groups['hour'] === undefined) return source
  const zoneMs = (part('zoneHour') * 60 + part('zoneMinute')) * 60_000 * (groups['sign'] === '-' ? -1 : 1)
  const fraction = (groups['fraction'] ?? '').slice(0, 6).padEnd(6, '0')
  const utc = new Date(date.getTime() - zoneMs).toISOString().slice(0, 19).replace('T', ' ')
  return fraction === '000000' ? utc : `${utc}.${fraction}`
}
