import { quoted } from '../../lib/quoted.ts'
import { textOf } from './attributes.ts'
import type { ActionCall } from './context.ts'
import type { Action } from './inherit.ts'
import { isNull } from './yaml/value.ts'

/**
 * What the names of an action's files begin with. Where nothing is said, the ancestor made a new random word at each run, and found nothing again; here it
 * is the action's name, or that of the action which it is a level or a cleaner of.
 */
export function baseName({ action, attributes }: ActionCall): string | undefined {
  const { report } = attributes
  const at = action.attributes.get('basename')
  if (!at) {
    const name = nameFor(action)
    report.warn(
      attributes.at,
      `missing "basename"; the name ${quoted(name)} is used`,
      'Set it, so that files are found again if the action is renamed.',
    )
    return isName(name) ? name : report.error(attributes.at, 'the name of the action cannot be the beginning of file names', 'Set "basename".')
  }
  if (isNull(at)) report.warn(at, '"basename" is empty; the files are named "None"', 'Write a name.')
  const name = textOf(at, report)
  if (name === undefined || isName(name)) return name
  return report.error(at, 'invalid file name', 'A name must not start with "/" or contain "..".')
}

/** Of actions that inherit one from the other and work on the same, the first. */
function nameFor(action: Action): string {
  const { parent, own } = action
  const works = ['type', 'src_path', 'dest_path', 'databases']
  return parent?.attributes.has('type') === true && !works.some((key) => own.has(key)) ? nameFor(parent) : action.name
}

function isName(name: string): boolean {
  return !name.startsWith('/') && !name.split('/').includes('..') && !/[\0\n]/u.test(name)
}
