import { messageOf } from '../../lib/errors.ts'
import { formatDuration, printable } from '../../lib/format.ts'
import type { StorageSpec } from '../../plan/plan.ts'
import { placeOf } from '../../plan/steps/storages-of.ts'
import type { Paint } from '../../run/describe/paint.ts'
import { hintOf } from '../../run/describe/render-failure.ts'
import { plainError } from '../../run/event-json.ts'
import type { CheckResult } from '../../storage/check-storage.ts'
import { renderTable } from '../terminal/table.ts'

/** The result of one part of a storage test. */
export function renderResult({ title, status, durationMs, found, error }: CheckResult, paint: Paint): string {
  const word = status === 'failed' ? paint.error('failed') : status
  const hint = error && hintOf(error)
  return [
    `  ${word}${' '.repeat(8 - status.length)}${title}${found === undefined ? '' : `: ${found}`} ${paint.faint(`(${formatDuration(durationMs)})`)}`,
    ...(error ? [`          ${printable(messageOf(error))}`] : []),
    ...(hint === undefined ? [] : [`          ${hint}`]),
    '',
  ].join('\n')
}

/** The same as one line of JSON. */
export function renderJson(storage: string, { error, ...result }: CheckResult): string {
  return `${JSON.stringify({ storage, ...result, ...(error && { error: plainError(error) }) })}\n`
}

/** The configured storages, one per line. */
export function renderStorages(storages: ReadonlyMap<string, StorageSpec>, json: boolean): string {
  const listed = [...storages].map(([name, spec]) => ({ name, kind: spec.kind, place: placeOf(spec) ?? 'nowhere' }))
  if (json) return listed.map((it) => `${JSON.stringify(it)}\n`).join('')
  if (listed.length === 0) return 'no storages are configured\n'
  return renderTable([['name', 'kind', 'place'], ...listed.map(({ name, kind, place }) => [printable(name), kind, printable(place)])], { right: [] })
}
