import { parseJson } from '../../lib/parse-json.ts'
import type { Plan } from '../../plan/plan.ts'
import { listUnits, readUnit } from '../../schedule/timers/host-units.ts'
import { unitMark } from '../../schedule/timers/render-units.ts'
import type { Host } from '../host/host.ts'
import { crontabText } from './installed-starts.ts'
import { ownLines, utf8 } from './own-lines.ts'

/** A crontab line or a timer that starts a task which the configuration does not contain any more, or which has no schedule there. */
export interface StrayStart {
  readonly task: string
  readonly kind: 'crontab' | 'timer'
}

/** What starts tasks of this configuration that are not scheduled by it. */
export async function strayStarts(plan: Plan, host: Host): Promise<readonly StrayStart[]> {
  const isPlanned = (task: string) => plan.tasks.get(task)?.schedule !== undefined
  const text = (await crontabText(plan, host)) ?? ''
  const named = new Set([...text.matchAll(/#[ \t]*(?<comment>[^\n]*?)\s*$/gmu)].map(({ groups }) => utf8(groups?.['comment'] ?? '')))
  const found: StrayStart[] = []
  for (const task of named)
    if (task !== '' && !isPlanned(task) && (await ownLines(text, task, { plan })).size > 0) found.push({ task, kind: 'crontab' })
  for (const name of listUnits().filter((it) => it.startsWith('holdfast-task-') && it.endsWith('.timer'))) {
    const task = taskIn(readUnit(name) ?? '', plan)
    if (task !== undefined && !isPlanned(task)) found.push({ task, kind: 'timer' })
  }
  return found
}

/** The task for which a unit was made, if it was made for this configuration. */
function taskIn(unit: string, { file }: Plan): string | undefined {
  const [first = ''] = unit.split('\n')
  const quoted = /for the task (?<name>"(?:\\.|[^"\\])*") of "/u.exec(first)?.groups?.['name']
  // In a unit that was changed by hand, it may be invalid.
  const task = quoted === undefined ? undefined : parseJson(quoted)
  return typeof task === 'string' && first === unitMark({ task, file }) ? task : undefined
}
