import type { Hit, Unsearched } from '../../app/contents/search-inside.ts'
import { counted, formatBytes, printable } from '../../lib/format.ts'
import { printableShellWord } from '../../lib/shell-word.ts'
import { timeText } from './print-entry.ts'

/** Its first words are those of `restore TASK SET OBJECT --path PATH`. */
export function renderHit({ set, object, entry }: Hit): string {
  const words = [set.task, set.summary.name, object.path, ...(entry === undefined ? [] : [entry.path])].map(printableShellWord)
  const rows = entry?.rows === undefined ? '' : counted(entry.rows, 'row')
  const bytes = entry === undefined ? object.bytes : entry.bytes
  const facts = [entry?.kind ?? 'object', bytes === undefined ? '' : formatBytes(bytes), rows, timeText(entry?.modified)].filter(Boolean)
  return `${words.join(' ')}  (${facts.join(', ')})\n`
}

export function renderUnsearched({ set, object, message }: Unsearched): string {
  const words = [set.task, set.summary.name, ...(object === undefined ? [] : [object.path])]
  return `${words.map(printableShellWord).join(' ')}: ${printable(message)}`
}

/** An object that could not be searched, because its key is missing. */
export type Locked = Unsearched & Required<Pick<Unsearched, 'lacks'>>

export function renderLocked(alike: readonly Locked[], lacks: string): string {
  const [first] = alike
  if (alike.length === 1 && first !== undefined) return renderUnsearched(first)
  const sets = new Set(alike.map(({ set: { task, summary } }) => `${task} ${summary.name}`))
  return `${counted(alike.length, 'encrypted object')} of ${counted(sets.size, 'set')}: ${printable(lacks)}`
}

/** A match, or an object that was not searched, as one line of JSON. */
export function jsonOf({ set: { task, step, summary }, object }: Hit | Unsearched, facts: object): string {
  return `${JSON.stringify({ task, step: step.name, set: summary.name, object: object?.path ?? null, ...facts })}\n`
}

/** The arguments of `restore` for this match. */
export function restoreWords({ set, object, entry }: Hit): string {
  const words = [set.task, set.summary.name, object.path].map(printableShellWord)
  const path = entry !== undefined && object.source === 'tar' ? ` --path=${printableShellWord(entry.path)}` : ''
  return `${words.join(' ')}${path} --to FOLDER`
}
