import { type Hit, type SearchObserver, type SearchResult, searchInside } from '../../../app/contents/search-inside.ts'
import { type Exit, exitOf } from '../../../app/host/exit-codes.ts'
import { loadPlan } from '../../../app/host/load-plan.ts'
import { UsageError } from '../../../app/usage-error.ts'
import { counted } from '../../../lib/format.ts'
import { hasFlag, type Invocation, rootChoices } from '../../args/options.ts'
import { keyFiles, storageOption } from '../../args/read-options.ts'
import type { CliHost } from '../../cli-host.ts'
import { jsonOf, type Locked, renderHit, renderLocked, renderUnsearched, restoreWords } from '../../render/render-hit.ts'
import { openContentsView } from './reading.ts'

/** `find TEXT`. Exits with 1 if nothing was found, or something was not searched. */
export async function findCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  const { args, options } = invocation
  const [wanted = ''] = args
  if (wanted === '') throw new UsageError('missing text to search for', { hint: 'Write a part of a path; see "help find".' })
  const json = hasFlag(invocation, 'json')
  const plan = await loadPlan(invocation.global, host.env)
  const view = openContentsView(invocation, host)
  let first: Hit | undefined
  const locked: Locked[] = []
  const observer: SearchObserver = {
    ...view,
    onHit(hit) {
      first ??= hit
      view.print(json ? jsonOf(hit, { entry: hit.entry ?? null }) : renderHit(hit))
    },
    onUnsearched(unsearched) {
      if (json) view.print(jsonOf(unsearched, { unsearched: unsearched.message }))
      else if (unsearched.lacks !== undefined) locked.push({ ...unsearched, lacks: unsearched.lacks })
      else host.stderr.write(`warning: not searched: ${renderUnsearched(unsearched)}\n`)
    },
  }
  const text = (name: string) => (typeof options[name] === 'string' ? options[name] : undefined)
  const choice = { keyFiles: keyFiles(invocation), mayRead: !hasFlag(invocation, 'indexOnly') }
  const request = { plan, task: text('task'), set: text('set'), storage: storageOption(invocation), wanted, isGlob: hasFlag(invocation, 'glob') }
  try {
    const result = await searchInside({ ...request, ...choice, ...rootChoices(invocation) }, observer, host)
    view.close()
    for (const [lacks, alike] of Map.groupBy(locked, (it) => it.lacks)) host.stderr.write(`warning: not searched: ${renderLocked(alike, lacks)}\n`)
    if (json) host.stdout.write(`${JSON.stringify({ end: true, ...result })}\n`)
    else printEnd(result, first, host)
    return exitOf(result.hits > 0 && result.unsearched === 0 && result.isWhole, host.signals)
  } finally {
    view.close()
  }
}

function printEnd({ hits, sets, unsearched, isWhole }: SearchResult, first: Hit | undefined, host: CliHost): void {
  if (first !== undefined) {
    host.note(`${counted(hits, 'match', 'matches')} in ${counted(sets, 'set')}`)
    host.note(`to restore the first one: holdfast restore ${restoreWords(first)}`)
    return
  }
  const isAll = unsearched === 0 && isWhole
  host.stderr.write(`error: nothing found in ${counted(sets, 'set')}${isAll ? '' : '; not all of them could be searched'}\n`)
}
