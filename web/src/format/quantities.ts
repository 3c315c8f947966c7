import type { Messages } from '../i18n/message-shape.ts'

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const

export type Units = Pick<Messages['common'], 'units' | 'bytes'>

/** Sizes in the format of the command line: `512 B`, `9.9 KiB`, `212 GiB`. */
export function bytesIn(units: Units['bytes'], decimal: string) {
  return (bytes: number): string => {
    let value = bytes
    if (value < 1024) return `${Math.round(value)} ${units.B}`
    let unit = -1
    // 1023.95 would be formatted as "1024.0": it belongs to the next unit.
    while (value >= 1023.95 && unit < UNITS.length - 1) {
      value /= 1024
      unit += 1
    }
    const text = value < 9.95 ? value.toFixed(1).replace('.', decimal) : value.toFixed(0)
    return `${text} ${units[UNITS[unit] ?? 'KiB']}`
  }
}

/** Durations in the format of the command line: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `5 d 3 h`. */
export function durationIn(units: Units['units'], decimal: string) {
  return (durationMs: number): string => {
    const seconds = Math.max(0, durationMs) / 1000
    if (seconds < 9.95) return `${seconds.toFixed(1).replace('.', decimal)} ${units.s}`
    const whole = Math.round(seconds)
    if (whole < 60) return `${whole} ${units.s}`
    if (whole < 3600) return pair([Math.floor(whole / 60), units.min], [whole % 60, units.s])
    if (whole < 86_400) return pair([Math.floor(whole / 3600), units.h], [Math.floor((whole % 3600) / 60), units.min])
    return pair([Math.floor(whole / 86_400), units.d], [Math.floor((whole % 86_400) / 3600), units.h])
  }
}

/** Ages and waiting times, rounded to one unit: `40 s`, `3 min`, `19 h`, `2 d`. */
export function roughlyIn(units: Units['units']) {
  return (durationMs: number): string => {
    const seconds = Math.max(0, Math.round(durationMs / 1000))
    if (seconds < 60) return `${seconds} ${units.s}`
    if (seconds < 3600) return `${Math.floor(seconds / 60)} ${units.min}`
    if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} ${units.h}`
    return `${Math.floor(seconds / 86_400)} ${units.d}`
  }
}

function pair([large, largeUnit]: readonly [number, string], [small, smallUnit]: readonly [number, string]): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`
}
