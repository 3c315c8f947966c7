import { createContext, type ReactNode, useContext, useMemo } from 'react'
import { useLanguage } from '../i18n/language.tsx'
import { useServerNow } from '../live/clock.ts'
import { bytesIn, durationIn, roughlyIn } from './quantities.ts'
import { clockIn, dayIn, fullIn, minuteIn } from './zoned.ts'

const ZoneContext = createContext('UTC')

/** Displays all times below in this time zone, the one of the host that is displayed. Undefined: not known yet, as above. */
export function Zone({ name, children }: { name: string | undefined; children: ReactNode }) {
  const above = useContext(ZoneContext)
  return <ZoneContext value={name ?? above}>{children}</ZoneContext>
}

/** Formats numbers, sizes, durations and times for the selected language and the time zone of the host. */
export function useFormat() {
  const { language, messages } = useLanguage()
  const zone = useContext(ZoneContext)
  return useMemo(() => {
    const decimal = language === 'ru' ? ',' : '.'
    const numbers = new Intl.NumberFormat(language)
    return {
      zone,
      bytes: bytesIn(messages.common.bytes, decimal),
      duration: durationIn(messages.common.units, decimal),
      roughly: roughlyIn(messages.common.units),
      number: (value: number) => numbers.format(value),
      /** `2026-11-26 02:30`. */
      minute: (at: string | number) => minuteIn(millis(at), zone),
      clock: (at: string | number) => clockIn(millis(at), zone),
      day: (at: string | number) => dayIn(millis(at), zone),
      full: (at: string | number) => fullIn(millis(at), { language, zone }),
    }
  }, [language, messages, zone])
}

export function millis(at: string | number): number {
  return typeof at === 'number' ? at : Date.parse(at)
}

/** `3 min ago`, `in 7 h`, relative to the server's clock. */
export function useRelative(stepSeconds = 15): (at: string | number) => string {
  const now = useServerNow(stepSeconds)
  const { roughly } = useFormat()
  const { common } = useLanguage().messages
  return (at) => {
    const past = now - millis(at)
    if (Math.abs(past) < 5000) return common.justNow
    return past > 0 ? common.ago(roughly(past)) : common.in(roughly(-past))
  }
}

interface TimeProps {
  readonly at: string
  /** Can be focused with the tabulator key, so that the zone is available without a mouse. Not in long tables. */
  readonly isStop?: boolean
  readonly absolute?: boolean
}

/** A time, relative or absolute; date, time and zone are displayed on hover and focus. */
export function Time({ at, isStop = false, absolute = false }: TimeProps) {
  const format = useFormat()
  const relative = useRelative()
  const full = format.full(at)
  const text = absolute ? format.minute(at) : relative(at)
  if (!isStop) {
    return (
      <time dateTime={at} title={full} className="nowrap">
        {text}
      </time>
    )
  }
  return (
    <time dateTime={at} data-tip={full} tabIndex={0} className="tip nowrap">
      {text}
      <span className="unseen">{`, ${full}`}</span>
    </time>
  )
}
