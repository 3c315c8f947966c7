import { type IndexObserver, makeIndexes } from '../../../app/contents/make-indexes.ts'
import { type Exit, exitOf } from '../../../app/host/exit-codes.ts'
import { loadPlan } from '../../../app/host/load-plan.ts'
import { shownState } from '../../../app/sets/list-sets.ts'
import type { Listing } from '../../../backup/contents/listing.ts'
import { messageOf } from '../../../lib/errors.ts'
import { printable } from '../../../lib/format.ts'
import { hasFlag, type Invocation, rootChoices } from '../../args/options.ts'
import { keyFiles, storageOption } from '../../args/read-options.ts'
import type { CliHost } from '../../cli-host.ts'
import { describeListing, stateMark } from '../../render/print-entry.ts'
import { type Locked, renderLocked } from '../../render/render-hit.ts'
import { openContentsView } from './reading.ts'

/** `index [TASK] [SET|latest|all]`. Exits with 1 if the contents of an object are not known completely. */
export async function indexCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  const [task, set = 'latest'] = invocation.args
  const json = hasFlag(invocation, 'json')
  const plan = await loadPlan(invocation.global, host.env)
  const view = openContentsView(invocation, host)
  const locked: Locked[] = []
  const observer: IndexObserver = {
    ...view,
    onListing(placed, object, listing) {
      const { task: owner, step, summary } = placed
      const { path } = object
      if (json) {
        const { kind, ...facts } = { ...listing, notStored: undefined }
        view.print(
          `${JSON.stringify({ task: owner, step: step.name, set: summary.name, state: shownState(summary), object: path, end: kind, ...facts })}\n`,
        )
      } else if (listing.kind === 'unlisted' && listing.why === 'key') locked.push({ set: placed, object, ...listing })
      else if (!invocation.global.quiet || listing.kind === 'unlisted' || listing.incomplete !== undefined)
        view.print(`${printable(`${owner} ${summary.name}${stateMark(summary)} ${path}`)}: ${printable(describe(listing))}\n`)
      if (listing.kind === 'listed' && listing.notStored !== undefined)
        host.note(`could not store the index of "${printable(path)}": ${messageOf(listing.notStored)}`)
    },
  }
  const request = { plan, task, set, storage: storageOption(invocation), keyFiles: keyFiles(invocation), ...rootChoices(invocation) }
  try {
    return exitOf(await makeIndexes(request, observer, host), host.signals)
  } finally {
    for (const [lacks, alike] of Map.groupBy(locked, (it) => it.lacks)) view.print(`${renderLocked(alike, lacks)}\n`)
    view.close()
  }
}

function describe(listing: Listing): string {
  if (listing.kind === 'unlisted') return listing.message
  return `${describeListing(listing)}${listing.incomplete === undefined ? '' : `; incomplete: ${listing.incomplete}`}`
}
