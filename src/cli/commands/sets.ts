import { type Exit, exitWith } from '../../app/host/exit-codes.ts'
import { loadPlan } from '../../app/host/load-plan.ts'
import { type ListedSet, listSets, type StorageListing, shownState } from '../../app/sets/list-sets.ts'
import { formatBytes, formatDuration, printable } from '../../lib/format.ts'
import { hasFlag, type Invocation, rootChoices } from '../args/options.ts'
import { storageOption } from '../args/read-options.ts'
import type { CliHost } from '../cli-host.ts'
import { renderTable } from '../terminal/table.ts'

/** `sets [TASK]`. */
export async function setsCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  const plan = await loadPlan(invocation.global, host.env)
  const [task] = invocation.args
  const render = hasFlag(invocation, 'json') ? renderJson : renderList
  const request = { plan, task, storage: storageOption(invocation), ...rootChoices(invocation) }
  const isRead = await listSets(request, (place) => host.stdout.write(render(place)), host)
  return exitWith(isRead ? 'ok' : 'failed')
}

function renderList({ owned: { task, step, target }, storage, sets }: StorageListing): string {
  const whose = step.name === task ? `task "${task}"` : `task "${task}", step "${step.name}"`
  const title = `${whose} on ${storage}${target.name === undefined ? '' : ` (${target.name})`}`
  if (sets.length === 0) return `${title}: no sets\n`
  const rows = sets.map((set) => [
    set.name,
    ownedState(set),
    formatBytes(set.bytes),
    set.objects === undefined ? '-' : String(set.objects),
    formatDuration(set.ageMs),
    set.covers ?? '-',
  ])
  return `${title}\n${renderTable([['set', 'state', 'size', 'objects', 'age', 'contains'], ...rows], { right: [2, 3, 4] })}`
}

/** With the host that made it, if that is another one. */
function ownedState(set: ListedSet): string {
  const state = shownState(set)
  if (set.isAdopted) return `${state}, adopted`
  return set.isOfOther && set.host !== undefined ? `${state}, of "${printable(set.host.name)}"` : state
}

function renderJson({ owned: { task, step, target }, storage, sets }: StorageListing): string {
  const named = target.name === undefined ? {} : { name: target.name }
  return `${JSON.stringify({ task, step: step.name, storage, ...named, sets: sets.map(({ bytes, ...it }) => ({ ...it, bytes: String(bytes) })) })}\n`
}
