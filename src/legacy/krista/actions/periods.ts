import { quoted } from '../../../lib/quoted.ts'
import { nearest } from '../../../lib/suggest.ts'
import type { CopyFilesStep, CopyPeriod, ExpireSet, FileSet } from '../../../plan/dated-files.ts'
import { withNicknameSign } from '../../../plan/times/cron-words.ts'
import { parsePeriodRule } from '../../../plan/times/read-period-rule.ts'
import { type Attributes, listOf, near, openAttributes } from '../attributes.ts'
import type { ActionCall } from '../context.ts'
import { PERIOD_KEYS } from '../keys.ts'
import { reportUnusedKeys } from '../unused-keys.ts'
import { describeValue, itemsOf, membersOf, type NamedValue, type Value } from '../yaml/value.ts'

export function compilePeriods(call: ActionCall): readonly CopyFilesStep[] | undefined {
  const { attributes, options } = call
  const sets = setsIn(call, attributes)
  const periods = periodsOf(call, attributes).map(({ period }) => period)
  if (!sets || attributes.report.errors.length > 0) return undefined
  if (periods.length === 0) attributes.report.warn(attributes.at, 'no files are ever copied: no periods are configured', 'Add them to "periods".')
  if (sets.length === 0) attributes.report.warn(attributes.at, 'no files are ever copied: no actions are configured', 'Add them to "action_list".')
  return [{ kind: 'copy-files', ...options, sets, periods }]
}

/** The files that a cleaner of copies removes: in the folder of each period, with the limits of that period. */
export function periodSets(call: ActionCall, outer: Attributes): readonly ExpireSet[] | undefined {
  const of = openAttributes(call.action.name, call.action.at, call.action.attributes, outer.report)
  const sets = setsIn(call, of)
  if (!sets) return undefined
  return periodsOf(call, of).flatMap(({ period, limits }) =>
    limits.maxFiles === undefined && limits.days === undefined ? [] : sets.map(({ files }) => ({ files, folder: period.folder, limits })),
  )
}

function setsIn({ filesOf, use }: ActionCall, attributes: Attributes): readonly { readonly name: string; readonly files: FileSet }[] | undefined {
  const at = attributes.value('action_list')
  if (!at) return []
  const { actions } = use.context
  const sets = namesIn(at, attributes).map(({ name, at: spot }) => {
    const found = actions.get(name)
    if (!found) return attributes.report.error(spot, `unknown action ${quoted(name)}`, near(nearest(name, actions.keys()), actions.keys(), 'actions'))
    const files = filesOf(name, spot)
    return files
      ? { name, files }
      : attributes.report.error(spot, `the action ${quoted(name)} creates no files that could be copied`, 'Use actions of type tar, zip or pgdump.')
  })
  return sets.every((it) => it !== undefined) ? sets : undefined
}

function namesIn(at: Value, { report }: Attributes): readonly { readonly name: string; readonly at: Value }[] {
  if (at.node.kind !== 'list') return listOf(at, report).map((name) => ({ name, at }))
  return itemsOf(at).flatMap((item) => {
    if (item.node.kind === 'scalar') return [{ name: item.node.source, at: item }]
    report.error(item, `expected the name of an action, found ${describeValue(item)}`, 'Write a name.')
    return []
  })
}

interface Period {
  readonly period: CopyPeriod
  readonly limits: ExpireSet['limits']
}

function periodsOf({ use }: ActionCall, attributes: Attributes): readonly Period[] {
  const at = attributes.value('periods')
  if (!at) return []
  if (at.node.kind !== 'map')
    attributes.report.error(at, `expected a mapping of periods, found ${describeValue(at)}`, 'Each entry starts with its name and a colon.')
  return membersOf(at).flatMap((entry) => periodOf(entry, { attributes, planReport: use.context.report }) ?? [])
}

function periodOf(
  entry: NamedValue,
  { attributes, planReport }: { readonly attributes: Attributes; readonly planReport: ActionCall['use']['context']['report'] },
): Period | undefined {
  const { report } = attributes
  if (entry.node.kind !== 'map') return report.error(entry, `expected a mapping, found ${describeValue(entry)}`, 'Write "{cron: …, path: …}".')
  reportUnusedKeys(entry, Object.keys(PERIOD_KEYS), report)
  const of = openAttributes(entry.key, entry, new Map(membersOf(entry).map((it) => [it.key, it] as const)), report)
  const maxFiles = of.number('max_files', 0)
  const days = of.number('days', 0)
  const text = of.text('cron')
  const when = text === undefined ? undefined : parsePeriodRule(withNicknameSign(text))
  // Other periods are still copied, so the action is not invalid.
  if (when === undefined)
    planReport.error(
      of.value('cron') ?? entry,
      text === undefined ? 'no files are ever copied for this period: missing key "cron"' : `invalid schedule ${quoted(text)}`,
      'Write minute, hour, day of month, month and day of week: "40 2 * * 0".',
    )
  const path = of.text('path') ?? entry.key
  return {
    period: { name: entry.key, folder: joinPath(attributes.text('dest_path') ?? '.', path), ...(when && { when }) },
    limits: { ...(maxFiles !== undefined && { maxFiles }), ...(days !== undefined && { days }) },
  }
}

/** Like Python's `os.path.join`: nothing is normalized, and an absolute second part replaces the first. */
export function joinPath(folder: string, name: string): string {
  if (name.startsWith('/') || folder === '') return name
  return folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`
}
