import { quoted } from '../../lib/quoted.ts'
import { nearest } from '../../lib/suggest.ts'
import type { FileSet } from '../../plan/dated-files.ts'
import type { Issue } from '../../plan/issue.ts'
import type { Step } from '../../plan/plan.ts'
import type { StepOptions } from '../../plan/steps/step-options.ts'
import { compileTar, compileZip } from './actions/archive.ts'
import { compileCommand, compileScript } from './actions/commands.ts'
import { compileDump } from './actions/dump.ts'
import { compileCleaner } from './actions/expire.ts'
import { compileDiskUsage, compileMount, compileSync, compileTestFiles, compileTicket, compileUnmount } from './actions/host.ts'
import { compilePeriods } from './actions/periods.ts'
import { near, openAttributes } from './attributes.ts'
import type { ActionCompiler, Use } from './context.ts'
import { issueOf, track } from './distinct-report.ts'
import { type Action, actionType, type Inherited } from './inherit.ts'
import { ACTION_TYPES, type ActionType, isActionType } from './keys.ts'
import { reportActionKeys } from './unused-keys.ts'

const COMPILERS: { readonly [T in ActionType]: ActionCompiler } = {
  tar: compileTar,
  zip: compileZip,
  pgdump: compileDump,
  cleaner: compileCleaner,
  rsync: compileSync,
  dschecker: compileDiskUsage,
  check_backup: compileTestFiles,
  mount: compileMount,
  umount: compileUnmount,
  move_bkp_period: compilePeriods,
  command: compileCommand,
  script: compileScript,
  set_in_progress_ticket: compileTicket('set'),
  unset_in_progress_ticket: compileTicket('unset'),
  check_in_progress_ticket: compileTicket('wait'),
}

/** The result of compiling an action. `refused`: a task that uses it cannot start. */
export type Compiled = { readonly kind: 'steps'; readonly steps: readonly Step[] } | { readonly kind: 'refused'; readonly issue: Issue }

/** The steps of an action. An invalid action is a step that fails when it is run: other tasks and actions are not affected. */
export function compileAction(name: string, found: Inherited, use: Use): Compiled {
  const { report, folder } = use.context
  if (found.kind !== 'action') {
    const words = [found.message, found.hint] as const
    if (found.kind === 'empty') report.warn(found.at, ...words)
    else report.error(found.at, ...words)
    const issue = issueOf(found.kind === 'empty' ? 'warning' : 'error', found.at, ...words)
    if (found.kind === 'refused') return { kind: 'refused', issue }
    return { kind: 'steps', steps: [{ kind: 'issue', name, onFailure: 'continue', workingFolder: folder, issue }] }
  }
  const { steps, issue, options } = compileFound(found.action, use)
  return { kind: 'steps', steps: steps ?? [{ kind: 'issue', ...options, issue }] }
}

interface CompiledSteps {
  readonly steps?: readonly Step[]
  /** The first error, if there are no steps. */
  readonly issue: Issue
  readonly options: StepOptions
}

function compileFound(action: Action, use: Use): CompiledSteps {
  const report = track(use.context.report)
  const attributes = openAttributes(action.name, action.at, action.attributes, report)
  const type = actionType(action)
  const fallback = { name: action.name, onFailure: 'continue', workingFolder: use.context.folder } as const
  if (type === undefined || !isActionType(type)) {
    const at = attributes.value('type')
    if (type === undefined)
      report.error(at ?? action.at, at ? 'expected a single word' : 'missing required key "type"', `Valid types: ${ACTION_TYPES.join(', ')}.`)
    else
      report.error(
        action.attributes.get('type') ?? action.at,
        `unknown type ${quoted(type)}`,
        near(nearest(type, ACTION_TYPES), ACTION_TYPES, 'types'),
      )
    return { issue: firstOf(report.errors, action), options: fallback }
  }
  reportActionKeys(action, type, report)
  const isContinued = attributes.flag('continue_on_error', type === 'command' || type === 'script')
  const options: StepOptions = {
    name: action.name,
    ...(isContinued && { onFailure: 'continue' as const }),
    ...(attributes.flag('dry', false) && { dry: true }),
    workingFolder: use.context.folder,
  }
  const steps = COMPILERS[type]({ action, attributes, options, use, filesOf: (name) => filesOf(name, use) })
  return { ...(steps && report.errors.length === 0 && { steps }), issue: firstOf(report.errors, action), options }
}

function firstOf([first]: readonly Issue[], action: Action): Issue {
  return first ?? issueOf('error', action.at, `the action ${quoted(action.name)} is invalid`)
}

/** The files that an action makes; undefined for actions that make none, and for invalid ones, which are reported at their location. */
function filesOf(name: string, use: Use): FileSet | undefined {
  const found = use.context.actions.get(name)
  const type = found?.kind === 'action' ? actionType(found.action) : undefined
  if (found?.kind !== 'action' || (type !== 'tar' && type !== 'zip' && type !== 'pgdump')) return undefined
  const [step] = compileFound(found.action, use).steps ?? []
  return step?.kind === 'archive' || step?.kind === 'dump' ? step.files : undefined
}
