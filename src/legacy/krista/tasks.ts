import { quoted } from '../../lib/quoted.ts'
import { nearest } from '../../lib/suggest.ts'
import type { Issue } from '../../plan/issue.ts'
import type { ScheduleSpec, Step, Task } from '../../plan/plan.ts'
import { withNicknameSign } from '../../plan/times/cron-words.ts'
import { isCrontabTimes } from '../../plan/times/times.ts'
import { near, openAttributes } from './attributes.ts'
import { type Compiled, compileAction } from './compile-action.ts'
import type { Use } from './context.ts'
import { type Tracked, track } from './distinct-report.ts'
import { TASK_KEYS } from './keys.ts'
import { type Naming, tagOf, useOf } from './naming.ts'
import { reportUnusedKeys } from './unused-keys.ts'
import { describeValue, isNull, itemsOf, memberOf, membersOf, type NamedValue, type Value } from './yaml/value.ts'

/** Compiles a task. An error in it is a step that fails: other tasks are not affected. */
export function compileTask(entry: NamedValue, naming: Naming): Task {
  const report = track(naming.context.report)
  reportUnusedKeys(entry, Object.keys(TASK_KEYS), report)
  const use = useOf(entry, naming, report)
  const tag = tagOf(entry, naming, report)
  const steps = use ? compileActions(entry, use, report) : []
  const description = descriptionOf(entry)
  const schedule = scheduleOf(entry, report)
  const [first] = report.errors
  return {
    name: entry.key,
    steps: first ? [issueStep(first, use ?? naming)] : steps,
    ...(description !== undefined && { description }),
    ...(schedule && { schedule }),
    ...(tag !== undefined && tag !== naming.tag && { logTag: tag }),
  }
}

function issueStep(issue: Issue, { context }: Pick<Use, 'context'>): Step {
  return { kind: 'issue', workingFolder: context.folder, issue }
}

/** An action as a task with one step. */
export function compilePart(name: string, naming: Naming): Task {
  const found = naming.context.actions.get(name)
  const compiled: Compiled | undefined = found && compileAction(name, found, { context: naming.context, scheme: naming.scheme })
  const missing = naming.tag === undefined ? naming.missing : undefined
  if (missing) return { name, steps: [issueStep(missing, naming)] }
  return { name, steps: compiled?.kind === 'steps' ? compiled.steps : compiled ? [issueStep(compiled.issue, naming)] : [] }
}

function compileActions(entry: NamedValue, use: Use, report: Tracked): readonly Step[] {
  const at = memberOf(entry, 'actions')
  const items = at ? itemsIn(at, report) : []
  if (items.length === 0 && report.errors.length === 0)
    report.error(at && !isNull(at) ? at : entry, `the task ${quoted(entry.key)} has no actions`, 'Add them to "actions".')
  return items.flatMap((item) => compileItem(item, use, report))
}

function itemsIn(at: Value, report: Tracked): readonly Value[] {
  if (at.node.kind === 'list') return itemsOf(at)
  if (at.node.kind !== 'scalar') {
    report.error(at, `expected a list of actions, found ${describeValue(at)}`, 'Write each action on its own line after a dash.')
    return []
  }
  if (isNull(at)) return []
  const names = at.node.source.split(',').map((it) => it.trim())
  report.warn(at, 'expected a list of actions, found a string', `Write [${names.join(', ')}].`)
  return names.flatMap((text) => (text === '' ? [] : [{ ...at, node: { kind: 'scalar', at: at.node.at, type: 'str', text, source: text } as const }]))
}

interface Item {
  readonly name: string
  readonly dry: boolean
}

function compileItem(at: Value, use: Use, report: Tracked): readonly Step[] {
  const item = readItem(at, report)
  if (!item) return []
  const { actions } = use.context
  const found = actions.get(item.name)
  if (!found) {
    report.error(at, `unknown action ${quoted(item.name)}`, near(nearest(item.name, actions.keys()), actions.keys(), 'actions'))
    return []
  }
  const compiled = compileAction(item.name, found, use)
  if (compiled.kind === 'steps') return item.dry ? compiled.steps.map((step) => ({ ...step, dry: true })) : compiled.steps
  report.error(at, `the action ${quoted(item.name)} is invalid: ${compiled.issue.message}`, compiled.issue.hint)
  return []
}

/** A name, or a list with a name and `--dry`, which can be abbreviated. */
function readItem(at: Value, report: Tracked): Item | undefined {
  if (isNull(at) || at.node.kind === 'map') return report.error(at, `expected the name of an action, found ${describeValue(at)}`, 'Write a name.')
  if (at.node.kind === 'scalar') return { name: at.node.source, dry: false }
  const words = itemsOf(at).map(({ node }) => (node.kind === 'scalar' ? node.source : ''))
  const isDry = (word: string) => /^--d(?:ry?)?$/u.test(word)
  const [name, ...more] = words.filter((it) => !isDry(it))
  const stray = more[0] ?? (name === undefined || name === '' || name.startsWith('-') ? (name ?? '') : undefined)
  if (stray === undefined && name !== undefined) return { name, dry: words.some(isDry) }
  return report.error(at, `unknown action option ${quoted(stray ?? '')}`, 'Write [name] or [name, --dry].')
}

function descriptionOf(entry: NamedValue): string | undefined {
  const at = memberOf(entry, 'descr')
  return at?.node.kind === 'scalar' && !isNull(at) ? at.node.text : undefined
}

/** Times are validated when the task is added to a crontab; here, invalid ones are a warning. */
function scheduleOf(entry: NamedValue, report: Tracked): ScheduleSpec | undefined {
  const of = openAttributes(entry.key, entry, new Map(membersOf(entry).map((it) => [it.key, it] as const)), report)
  const at = of.value('cron')
  const both = of.flag('all_fields_match', false)
  if (!at) return undefined
  // As KristaBackup, which takes "daily" for "@daily".
  const text = at.node.kind === 'scalar' ? withNicknameSign(at.node.source.trim()) : ''
  if (!isCrontabTimes(text)) report.warn(at, 'invalid schedule', 'Write minute, hour, day of month, month and day of week: "30 2 * * 0".')
  return { words: [text], jitterMs: 0, catchUp: false, ...(both && { matchAllDays: true }) }
}
