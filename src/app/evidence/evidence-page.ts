import { formatBytes, printable } from '../../lib/format.ts'
import type { Period } from './gather-records.ts'
import { type Counts, describeSpan, type StepSummary, type Summary } from './summarize-records.ts'

export interface PageFacts extends Summary {
  readonly host: string
  readonly tool: string
  readonly period: Period
  readonly now: Date
  readonly fingerprint: string
  readonly records: number
  /** Faults of the records themselves. */
  readonly faults: readonly string[]
  /** Storages whose records were not read, each with the reason. */
  readonly unread: readonly string[]
}

const STYLE = `body { font: 11pt/1.4 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #111; background: #fff }
h1 { font-size: 1.5em } h2 { font-size: 1.15em; margin-top: 1.6em } table { border-collapse: collapse; width: 100% }
th, td { border: 1px solid #999; padding: .25em .5em; text-align: left; vertical-align: top; overflow-wrap: anywhere } th { background: #eee }
.bad { font-weight: bold } code { font-size: .9em; overflow-wrap: anywhere }
@media print { body { margin: 0; max-width: none } tr, li { break-inside: avoid } thead { display: table-header-group } }`

/** The report of an archive: one HTML page without scripts, for printing. */
export function renderPage(facts: PageFacts): string {
  const { host, tool, period, now, fingerprint, records, faults, unread } = facts
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Evidence of backups: ${escaped(host)}, ${dayOf(period.from)} to ${lastDayOf(period)}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><style>${STYLE}</style></head>
<body>
<h1>Evidence of backups: ${escaped(host)}</h1>
<p>From ${dayOf(period.from)} to ${lastDayOf(period)} (UTC). Made by ${escaped(tool)} at ${timeOf(now.toISOString())}, from ${records} signed records.
Key of the host: <code>${fingerprint}</code>. <code>sh check.sh ${fingerprint}</code> checks this archive without Holdfast.</p>
<h2>Sets</h2>
${stepsTable(facts.steps)}
<p>RPO: the longest time without a new complete set in the period. RTO: the longest time until all objects were restored in a proven drill on this host, one object after another.</p>
<h2>Drills missed</h2>
${missedList(facts)}
<h2>Exceptions</h2>
${exceptionsTable(facts)}
<h2>Records</h2>
${list([...faults, ...unread.map((it) => `not read: ${it}`)], 'All records of the period are present, signed, and linked to each other.')}
</body>
</html>
`
}

function stepsTable(steps: readonly StepSummary[]): string {
  if (steps.length === 0) return '<p class="bad">No records.</p>'
  const rows = steps.map(
    ({ task, step, storage, published, verified, drilled, lastProven, rpoMs, rtoMs, rtoBytes = 0 }) =>
      `<tr><td>${escaped(task)}: ${escaped(step)}<br>${escaped(storage)}</td><td>${published}</td><td>${countsText(verified)}</td><td>${countsText(drilled)}</td>${
        lastProven === undefined
          ? '<td class="bad">none</td>'
          : `<td>${escaped(lastProven.set)}<br>by a drill at ${timeOf(lastProven.at)}, ${describeSpan(lastProven.ageMs)} before the end</td>`
      }<td>${rpoMs === undefined ? '<span class="bad">no set</span>' : describeSpan(rpoMs)}</td><td>${
        rtoMs === undefined ? '<span class="bad">not measured</span>' : `${describeSpan(rtoMs)} (${formatBytes(rtoBytes)})`
      }</td></tr>`,
  )
  const head = ['Task: step, storage', 'Sets published', 'Verifications', 'Drills', 'Last proven set', 'RPO measured', 'RTO measured']
  return table(head, rows)
}

function countsText(counts: Counts): string {
  const all = Object.entries(counts)
  return all.length === 0 ? 'none' : all.map(([end, count]) => `${count} ${escaped(end)}`).join('<br>')
}

function missedList({ missed, undrilled }: Summary): string {
  const late = missed.map(({ task, step, at }) => `${timeOf(at.toISOString())}: ${task}, sets of ${step}`)
  return list([...late, ...undrilled.map((it) => `not scheduled: ${it}`)], 'None.')
}

function exceptionsTable({ exceptions }: Summary): string {
  if (exceptions.length === 0) return '<p>None.</p>'
  const rows = exceptions.map(
    ({ at, what, reasons }) => `<tr><td>${timeOf(at)}</td><td>${escaped(what)}</td><td>${reasons.map(escaped).join('<br>')}</td></tr>`,
  )
  return table(['Time', 'What', 'Reasons'], rows)
}

function table(head: readonly string[], rows: readonly string[]): string {
  return `<table><thead><tr>${head.map((it) => `<th>${it}</th>`).join('')}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table>`
}

function list(items: readonly string[], none: string): string {
  return items.length === 0 ? `<p>${none}</p>` : `<ul>${items.map((it) => `<li>${escaped(it)}</li>`).join('\n')}</ul>`
}

/** Names and problems can be written by others. */
function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
  return printable(text).replaceAll(/[&<>"']/gu, (it) => names[it] ?? it)
}

function timeOf(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)}`
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10)
}

function lastDayOf({ to }: Period): string {
  return dayOf(new Date(to.getTime() - 1))
}
