import { type ListedInside, type ListObserver, listInside } from '../../../app/contents/list-inside.ts'
import type { SetObjects } from '../../../app/contents/open-reading.ts'
import type { PlacedSet } from '../../../app/contents/placed-sets.ts'
import { type Exit, exitOf } from '../../../app/host/exit-codes.ts'
import { loadPlan } from '../../../app/host/load-plan.ts'
import { shownState } from '../../../app/sets/list-sets.ts'
import { isDamaged } from '../../../backup/set/standing.ts'
import { counted, formatBytes, printable } from '../../../lib/format.ts'
import { printableShellWord } from '../../../lib/shell-word.ts'
import { hasFlag, type Invocation, rootChoices } from '../../args/options.ts'
import { keyFiles, storageOption } from '../../args/read-options.ts'
import type { CliHost } from '../../cli-host.ts'
import { contentsOf, describeListing, renderEntry, stateMark } from '../../render/print-entry.ts'
import { renderTable } from '../../terminal/table.ts'
import { openContentsView } from './reading.ts'

/** `ls [TASK] [SET] [OBJECT] [PATH]`. Exits with 1 if something could not be listed. */
export async function lsCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  const [task, set = 'latest', object, path] = invocation.args
  const json = hasFlag(invocation, 'json')
  const plan = await loadPlan(invocation.global, host.env)
  const view = openContentsView(invocation, host)
  const observer: ListObserver = {
    ...view,
    onObjects: (placed, objects) => host.stdout.write(json ? jsonOfObjects(placed, objects) : renderObjects(placed, objects)),
    onEntry: (entry, of) => view.print(json ? `${JSON.stringify({ ...placeOf(of.set), object: of.object.path, ...entry })}\n` : renderEntry(entry)),
    onEnd(listed) {
      view.close()
      if (json) host.stdout.write(jsonOfEnd(listed))
      else printEnd(listed, { path, host })
    },
  }
  const choice = { keyFiles: keyFiles(invocation), mayRead: !hasFlag(invocation, 'indexOnly') }
  const request = { plan, task, set, object, path, storage: storageOption(invocation), ...choice, ...rootChoices(invocation) }
  try {
    return exitOf(await listInside({ ...request, isRecursive: hasFlag(invocation, 'recursive') }, observer, host), host.signals)
  } finally {
    view.close()
  }
}

function placeOf({ task, step, summary }: PlacedSet) {
  return { task, step: step.name, set: summary.name }
}

function renderObjects({ task, summary }: PlacedSet, { records: objects, failed }: SetObjects): string {
  const title = `${summary.name}${stateMark(summary)} of task "${printable(task)}": ${counted(objects.length, 'object')}\n`
  const rows = objects.map((object) => [printableShellWord(object.path), contentsOf(object), formatBytes(object.bytes)])
  const table = rows.length === 0 ? '' : renderTable([['object', 'contents', 'size'], ...rows], { right: [2] })
  return title + table + failed.map((path) => `missing: ${printableShellWord(path)} could not be made\n`).join('')
}

function jsonOfObjects(set: PlacedSet, { records, failed }: SetObjects): string {
  const rows = records.map(({ path, bytes, kind, source, filters }) => ({ path, bytes, kind, source, filters }))
  return `${JSON.stringify({ ...placeOf(set), state: shownState(set.summary), objects: rows, ...(failed.length > 0 && { failed }) })}\n`
}

function jsonOfEnd({ set, object, listing, shown }: ListedInside): string {
  const { kind, ...facts } = listing
  const { notStored: _, ...known } = 'notStored' in facts ? facts : { ...facts, notStored: undefined }
  return `${JSON.stringify({ ...placeOf(set), state: shownState(set.summary), object: object.path, end: kind, shown, ...known })}\n`
}

function printEnd({ set, listing, shown }: ListedInside, { path, host }: { readonly path: string | undefined; readonly host: CliHost }): void {
  if (isDamaged(set.summary)) host.stderr.write(`warning: the set "${set.summary.name}" is damaged\n`)
  if (listing.kind === 'unlisted') {
    host.stderr.write(`error: ${printable(listing.message)}\n`)
    return
  }
  host.note(describeListing(listing))
  if (listing.incomplete !== undefined) host.stderr.write(`error: the list is incomplete: ${printable(listing.incomplete)}\n`)
  else if (shown === 0 && path !== undefined) host.stderr.write(`error: "${printable(path)}" not found in it\n`)
}
