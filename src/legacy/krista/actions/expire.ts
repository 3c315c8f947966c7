import { quoted } from '../../../lib/quoted.ts'
import type { ExpireSet, ExpireStep, FileLimits } from '../../../plan/dated-files.ts'
import type { Attributes } from '../attributes.ts'
import type { ActionCall } from '../context.ts'
import { type Action, actionType } from '../inherit.ts'
import { periodSets } from './periods.ts'

export function compileCleaner(call: ActionCall): readonly ExpireStep[] | undefined {
  const { action, attributes, options } = call
  const { parent } = action
  const at = action.attributes.get('source') ?? attributes.at
  const type = parent && actionType(parent)
  const sets = parent && type !== undefined ? setsOf(call, parent, type) : undefined
  if (!sets && attributes.report.errors.length === 0)
    attributes.report.error(
      at,
      parent === undefined ? 'missing action whose files are removed' : `the action ${quoted(parent.name)} creates no files that could be removed`,
      'Set "source" to an action of type tar, zip, pgdump or move_bkp_period.',
    )
  return sets && attributes.report.errors.length === 0 ? [{ kind: 'expire', ...options, sets }] : undefined
}

function setsOf(call: ActionCall, parent: Action, type: string): readonly ExpireSet[] | undefined {
  const { action, attributes, filesOf } = call
  const at = action.attributes.get('source') ?? attributes.at
  if (type === 'move_bkp_period') return periodSets({ ...call, action: parent }, attributes)
  if (!['tar', 'zip', 'pgdump'].includes(type)) return undefined
  const limits = limitsOf(attributes)
  const files = filesOf(parent.name, at)
  if (!files) {
    attributes.report.error(at, `the action ${quoted(parent.name)}, whose files are removed, is invalid`, 'Correct that action.')
    return undefined
  }
  if (limits.maxFiles === undefined && limits.days === undefined && attributes.report.errors.length === 0)
    attributes.report.warn(attributes.at, 'no files are ever removed: neither "max_files" nor "days" is set', 'Set at least one of them.')
  return [{ files, limits }]
}

function limitsOf(attributes: Attributes): FileLimits {
  const maxFiles = attributes.number('max_files', 0)
  const days = attributes.number('days', 0)
  return { ...(maxFiles !== undefined && { maxFiles }), ...(days !== undefined && { days }) }
}
