import { quoted } from '../../lib/quoted.ts'
import { textOf } from './attributes.ts'
import type { ActionCall } from './context.ts'
import type { Action } from './inherit.ts'
import { isNull } from './yaml/value.ts'

/**
 * The prefix of the names of an action's files. Without one, the ancestor generated a new random word for each run, and did not find existing files;
 * here it is the action's name, or that of the action of which this one is a level or a cleaner.
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

/** The first of several actions that inherit from each other and use the same files. */
function nameFor(action: Action): string {
  const { parent, own } = action
  const works = ['type', 'src_path', 'dest_path', 'databases']
  return parent?.attributes.has('type') === true && !works.some((key) => own.has(key)) ? nameFor(parent) : action.name
}

function isName(name: string): boolean {
  return !name.startsWith('/') && !name.split('/').includes('..') && !/[\0\n]/u.test(name)
}
