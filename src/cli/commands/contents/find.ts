import { type Hit, type SearchObserver, type SearchResult, searchInside, type Unsearched } from '../../../app/contents/search-inside.ts'
import { type Exit, exitOf } from '../../../app/host/exit-codes.ts'
import { loadPlan } from '../../../app/host/load-plan.ts'
import { UsageError } from '../../../app/usage-error.ts'
import { counted, formatBytes, printable } from '../../../lib/format.ts'
import { printableShellWord } from '../../../lib/shell-word.ts'
import { hasFlag, type Invocation, rootChoices } from '../../args/options.ts'
import { keyFiles, storageOption } from '../../args/read-options.ts'
import type { CliHost } from '../../cli-host.ts'
import { timeText } from '../../render/print-entry.ts'
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

/** Its first words are those of `restore TASK SET OBJECT --path PATH`. */
function renderHit({ set, object, entry }: Hit): string {
  const words = [set.task, set.summary.name, object.path, ...(entry === undefined ? [] : [entry.path])].map(printableShellWord)
  const rows = entry?.rows === undefined ? '' : counted(entry.rows, 'row')
  const bytes = entry === undefined ? object.bytes : entry.bytes
  const facts = [entry?.kind ?? 'object', bytes === undefined ? '' : formatBytes(bytes), rows, timeText(entry?.modified)].filter(Boolean)
  return `${words.join(' ')}  (${facts.join(', ')})\n`
}

function renderUnsearched({ set, object, message }: Unsearched): string {
  const words = [set.task, set.summary.name, ...(object === undefined ? [] : [object.path])]
  return `${words.map(printableShellWord).join(' ')}: ${printable(message)}`
}

type Locked = Unsearched & Required<Pick<Unsearched, 'lacks'>>

function renderLocked(alike: readonly Locked[], lacks: string): string {
  const [first] = alike
  if (alike.length === 1 && first !== undefined) return renderUnsearched(first)
  const sets = new Set(alike.map(({ set: { task, summary } }) => `${task} ${summary.name}`))
  return `${counted(alike.length, 'encrypted object')} of ${counted(sets.size, 'set')}: ${printable(lacks)}`
}

function jsonOf({ set: { task, step, summary }, object }: Hit | Unsearched, facts: object): string {
  return `${JSON.stringify({ task, step: step.name, set: summary.name, object: object?.path ?? null, ...facts })}\n`
}

function printEnd({ hits, sets, unsearched, isWhole }: SearchResult, first: Hit | undefined, host: CliHost): void {
  if (first !== undefined) {
    host.note(`${counted(hits, 'match', 'matches')} in ${counted(sets, 'set')}`)
    const { set, object, entry } = first
    const isMember = entry !== undefined && object.source === 'tar'
    const words = [set.task, set.summary.name, object.path].map(printableShellWord)
    const path = isMember ? ` --path=${printableShellWord(entry.path)}` : ''
    host.note(`to restore the first one: holdfast restore ${words.join(' ')}${path} --to FOLDER`)
    return
  }
  const isAll = unsearched === 0 && isWhole
  host.stderr.write(`error: nothing found in ${counted(sets, 'set')}${isAll ? '' : '; not all of them could be searched'}\n`)
}
