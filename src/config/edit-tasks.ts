import { isCollection, isMap, isNode, isScalar, parseDocument, type YAMLMap } from 'yaml'
import { errorsOf } from '../lib/errors.ts'
import type { Dialect } from '../plan/plan.ts'

class EditError extends errorsOf('config')<'not-editable' | 'unknown-task' | 'duplicate-task'> {}

/** A change of one task of a configuration. */
export type TaskEdit =
  | { readonly kind: 'schedule'; readonly task: string; readonly words: readonly string[]; readonly description?: string | undefined }
  | {
      readonly kind: 'add'
      readonly task: string
      readonly words: readonly string[]
      readonly description?: string | undefined
      readonly runs: readonly string[]
    }
  | { readonly kind: 'remove'; readonly task: string }

/**
 * The text with the task changed; comments, order, quotes and everything else are unchanged. Throws `config/unknown-task`, `config/duplicate-task`, and
 * `config/not-editable` for a form without named tasks, or if the task is in another file.
 */
export function editTask(text: string, edit: TaskEdit, dialect: Dialect): string {
  const top = dialect === 'krista' ? 'schedule' : 'tasks'
  const tasks = tasksIn(text, top, dialect)
  const pair = tasks?.items.find(({ key }) => isScalar(key) && String(key.value) === edit.task)
  if (edit.kind === 'add') {
    if (pair) throw new EditError('duplicate-task', `the task "${edit.task}" already exists`, { hint: 'Choose another name.' })
    return added(text, edit, { top, tasks })
  }
  if (!tasks || !pair || !isMap(pair.value))
    throw new EditError('unknown-task', `the task "${edit.task}" is not in this file`, { hint: 'It may be in an included file: edit that.' })
  return edit.kind === 'schedule' ? changed(text, edit, { top, task: pair.value }) : removed(text, tasks, tasks.items.indexOf(pair))
}

function tasksIn(text: string, top: string, dialect: Dialect): YAMLMap | undefined {
  if (dialect === 'palhm')
    throw new EditError('not-editable', 'tasks of a PALHM configuration have no schedule in the file', {
      hint: 'Edit the file, or convert it with "holdfast config convert".',
    })
  const document = parseDocument(text, { version: dialect === 'krista' ? '1.1' : '1.2' })
  if (document.errors.length > 0) throw new EditError('not-editable', 'the file is not valid YAML', { hint: 'Edit its text.' })
  const tasks = document.get(top)
  return isMap(tasks) ? tasks : undefined
}

function removed(text: string, tasks: YAMLMap, index: number): string {
  const [{ key, value } = {}, { key: next } = {}] = tasks.items.slice(index)
  if (tasks.flow || !isNode(key) || !key.range || !isNode(value)) throw notHere()
  const end = isNode(next) && next.range ? lineStart(text, next.range[0]) : (value.range?.[1] ?? text.length)
  return text.slice(0, lineStart(text, key.range[0])) + text.slice(end)
}

interface EditedTask {
  readonly top: string
  readonly task: YAMLMap
}

function changed(text: string, { words, description }: Extract<TaskEdit, { kind: 'schedule' }>, { top, task }: EditedTask): string {
  const [times, describes] = top === 'schedule' ? ['cron', 'descr'] : ['schedule', 'description']
  // The later one in the text first, so that the places of the others stay.
  const edits = [
    spliceOf(text, task, { key: times ?? '', value: timesText(words) }),
    ...(description === undefined ? [] : [spliceOf(text, task, { key: describes ?? '', value: JSON.stringify(description) })]),
  ].toSorted((a, b) => b.from - a.from)
  return edits.reduce((done, { from, to, put }) => done.slice(0, from) + put + done.slice(to), text)
}

/** In place of the value that is there; else as a new key before the first one. */
function spliceOf(text: string, task: YAMLMap, { key, value }: { readonly key: string; readonly value: string }) {
  const found = task.items.find((it) => isScalar(it.key) && it.key.value === key)?.value
  if (isNode(found) && found.range)
    return { from: found.range[0], to: found.range[1], put: `${value}${isCollection(found) && !found.flow ? '\n' : ''}` }
  const first = task.items[0]?.key
  if (!isNode(first) || !first.range) throw notHere()
  const [at] = first.range
  return { from: at, to: at, put: task.flow ? `${key}: ${value}, ` : `${key}: ${value}\n${text.slice(lineStart(text, at), at)}` }
}

function added(
  text: string,
  { task, words, description, runs }: Extract<TaskEdit, { kind: 'add' }>,
  { top, tasks }: { readonly top: string; readonly tasks: YAMLMap | undefined },
): string {
  const first = tasks?.items[0]?.key
  if (tasks?.flow && tasks.items.length > 0) throw notHere()
  const indent = isNode(first) && first.range ? text.slice(lineStart(text, first.range[0]), first.range[0]) : '  '
  const [times, describes, steps] = top === 'schedule' ? ['cron', 'descr', 'actions'] : ['schedule', 'description', 'steps']
  const items = runs.map((it) => (top === 'schedule' ? JSON.stringify(it) : `{ task: ${JSON.stringify(it)} }`)).join(', ')
  const lines = [
    `${indent}${JSON.stringify(task)}:`,
    ...(description === undefined ? [] : [`${indent}  ${describes}: ${JSON.stringify(description)}`]),
    `${indent}  ${times}: ${timesText(words)}`,
    `${indent}  ${steps}: [${items}]`,
  ]
  if (tasks === undefined || tasks.items.length === 0 || !tasks.range) throw notHere()
  const end = tasks.range[1]
  const before = text.slice(0, end)
  return `${before}${before.endsWith('\n') ? '' : '\n'}${lines.join('\n')}\n${text.slice(end)}`
}

function timesText(words: readonly string[]): string {
  const [only, ...more] = words
  return more.length === 0 ? JSON.stringify(only ?? '') : `[${words.map((it) => JSON.stringify(it)).join(', ')}]`
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1
}

function notHere(): EditError {
  return new EditError('not-editable', 'the tasks are written in a form that cannot be edited here', { hint: 'Edit the text of the file.' })
}
