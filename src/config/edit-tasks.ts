import { type Document, isMap, isScalar, parseDocument, Scalar } from 'yaml'
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
 * The text with the task changed; comments, order, quotes and everything else stay as they are. Throws `config/unknown-task`, `config/duplicate-task`, and
 * `config/not-editable` for a form without tasks by name, or where the task stands in another file.
 */
export function editTask(text: string, edit: TaskEdit, dialect: Dialect): string {
  if (dialect === 'palhm')
    throw new EditError('not-editable', 'tasks of a PALHM configuration have no schedule in the file', {
      hint: 'Edit the file, or convert it with "holdfast config convert".',
    })
  const top = dialect === 'krista' ? 'schedule' : 'tasks'
  const document = parseDocument(text, { version: dialect === 'krista' ? '1.1' : '1.2', keepSourceTokens: true })
  if (document.errors.length > 0) throw new EditError('not-editable', 'the file is not valid YAML', { hint: 'Edit its text.' })
  const tasks = document.get(top)
  if (tasks !== undefined && tasks !== null && !isMap(tasks))
    throw new EditError('not-editable', `"${top}" is not a mapping`, { hint: 'Edit the text of the file.' })
  const isThere = isMap(tasks) && tasks.has(edit.task)
  if (edit.kind === 'add' && isThere)
    throw new EditError('duplicate-task', `the task "${edit.task}" already exists`, { hint: 'Choose another name.' })
  if (edit.kind !== 'add' && !isThere)
    throw new EditError('unknown-task', `the task "${edit.task}" is not in this file`, { hint: 'It may stand in an included file: edit that.' })
  if (edit.kind === 'remove') document.deleteIn([top, edit.task])
  else change(document, edit, top)
  // Long lines stay whole: folding would change texts that somebody has written on one line.
  return document.toString({ lineWidth: 0 })
}

function change(document: Document, edit: Exclude<TaskEdit, { kind: 'remove' }>, top: string): void {
  const [times, describes, steps] = top === 'schedule' ? (['cron', 'descr', 'actions'] as const) : (['schedule', 'description', 'steps'] as const)
  const at = (key: string) => [top, edit.task, key]
  if (edit.kind === 'add') {
    const runs = top === 'schedule' ? edit.runs : edit.runs.map((task) => ({ task }))
    if (!isMap(document.get(top))) document.set(top, document.createNode({}))
    document.setIn([top, edit.task], document.createNode({ [steps]: runs }))
  }
  const [only, ...more] = edit.words
  setText(document, at(times), more.length === 0 ? (only ?? '') : edit.words)
  if (edit.description !== undefined) setText(document, at(describes), edit.description)
}

/** A scalar keeps its quotes and its comment. */
function setText(document: Document, path: readonly string[], value: string | readonly string[]): void {
  const found = document.getIn(path, true)
  if (isScalar(found) && typeof value === 'string') {
    found.value = value
    if (found.type === Scalar.PLAIN || found.type === undefined) delete found.type
    delete found.source
    return
  }
  document.setIn(path, document.createNode(value))
}
