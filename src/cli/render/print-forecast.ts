import type { StepForecast } from '../../app/sets/simulate-sets.ts'
import { counted, formatBytes, printable } from '../../lib/format.ts'

/** One line for each day: the sets that are left, and those removed; at the end, the sets of the last day. */
export function renderForecast({ task, step, storage, assumption, days }: StepForecast): string {
  const head = `${printable(task)}: sets of "${printable(step)}" on ${printable(storage)} (${assumption})\n`
  const lines = days.map(({ day, sets, bytes, removed, waits }) => {
    const gone = removed.length === 0 ? '' : `; removed: ${removed.map(({ name, reason }) => `${name} (${reason})`).join(', ')}`
    return `  ${day}  ${counted(sets.length, 'set')}, ${formatBytes(bytes)}, oldest ${sets[0] ?? 'none'}${gone}${waits === undefined ? '' : '; rules wait, because the clock may have jumped'}\n`
  })
  const last = days.at(-1)
  const left = last === undefined ? ['  no runs in this time\n'] : [`  left on ${last.day}:\n`, ...last.sets.map((name) => `    ${name}\n`)]
  return [head, ...lines, ...left].join('')
}

/** The same for programs. */
export function plainForecast({ days, ...forecast }: StepForecast): object {
  return { ...forecast, days: days.map((day) => ({ ...day, bytes: String(day.bytes) })) }
}
