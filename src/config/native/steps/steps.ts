import type { Report } from '../../../document/issue-report.ts'
import { describeNode, type LocatedNode, locationOf, memberOf } from '../../../document/yaml/node.ts'
import type { BackupStep, Step } from '../../../plan/plan.ts'
import type { StepOptions } from '../../../plan/steps/step-options.ts'
import { compileCommand } from '../command.ts'
import type { Context, Defaults } from '../context.ts'
import { accepts } from '../form/form.ts'
import { compileObjects } from '../objects/objects.ts'
import { lookUp } from '../references.ts'
import { checkForm } from '../schema/check-form.ts'
import { FILE_STEP_KINDS } from '../schema/file-steps.ts'
import { fileName } from '../schema/schema-helpers.ts'
import { type BackupInput, type StepInput, stepShell } from '../schema/tasks.ts'
import { innerSettings } from '../settings.ts'
import { compileSignals } from '../signals.ts'
import { compileCheck } from './checks.ts'
import { compileCopy, inFolder } from './copy.ts'
import { compileDrill } from './drill.ts'
import { compileFileStep } from './file-steps.ts'
import { chooseTargets, type NamedTarget } from './targets.ts'

export interface StepCall {
  readonly task: string
  readonly defaults: Defaults
  readonly context: Context
}

/** Compiles one step. Reports errors, and returns undefined then. */
export function compileStep(placed: LocatedNode, call: StepCall): Step | undefined {
  const input = checkForm(placed, stepShell, call.context.report)
  const options = input && compileStepOptions(input, placed, call.context.report)
  const step = input && compileKind(input, placed, { ...call, options: options ?? {} })
  return step && options && { ...step, ...options }
}

function compileKind(
  input: StepInput,
  placed: LocatedNode,
  { task, defaults, context, options }: StepCall & { readonly options: StepOptions },
): Step | undefined {
  const { report } = context
  const at = (key: string) => memberOf(placed, key) ?? placed
  if (input.exec !== undefined) {
    const command = compileCommand(input.exec, defaults.settings, { at: at('exec'), report })
    return command && { kind: 'exec', command }
  }
  if (input.check !== undefined) {
    const check = compileCheck(input.check, at('check'), { settings: defaults.settings, context })
    return check && { kind: 'check', ...(input.check.name !== undefined && { name: input.check.name }), check }
  }
  if (input.task !== undefined) {
    const found = lookUp({ name: input.task, what: 'task', at: at('task') }, new Map([...context.tasks].map((it) => [it, it])), context)
    return found === undefined ? undefined : { kind: 'task', task: found }
  }
  if (input.signals !== undefined) return compileSignals(input.signals, at('signals'), report)
  if (input.copy !== undefined) return compileCopy(input.copy, at('copy'), { task, defaults, context })
  if (input.drill !== undefined) return compileDrill(input.drill, at('drill'), { task, defaults, context })
  if (input.backup === undefined) return compileFileStep(input, { at, options, settings: defaults.settings, context })
  return compileBackup(input.backup, at('backup'), { task, defaults, context })
}

function compileBackup(input: BackupInput, at: LocatedNode, { task, defaults: outer, context }: StepCall): BackupStep | undefined {
  const { report } = context
  const defaults: Defaults = {
    ...outer,
    settings: innerSettings(outer.settings, input, { at, report }),
    ...(input.compress !== undefined && { compress: input.compress }),
    ...(input.encrypt !== undefined && { encrypt: input.encrypt }),
  }
  const objectsAt = memberOf(at, 'objects')
  if (objectsAt && objectsAt.node.kind !== 'map')
    report.error(
      locationOf(objectsAt),
      `expected a mapping, found ${describeNode(objectsAt.node)}`,
      'Each object starts with its name: "etc: { files: { paths: [/etc] } }".',
    )
  const objects = objectsAt?.node.kind === 'map' ? compileObjects(objectsAt, defaults, context) : undefined
  const targets = chooseTargets({ to: input.to ?? outer.to, keep: input.keep ?? outer.keep }, memberOf(at, 'to') ?? at, context)
  const name = input.name ?? taskAsName(task, at, targets, context)
  if (!objects || !targets || name === undefined) return undefined
  return {
    kind: 'backup',
    name,
    targets: targets.map((target) => ({ ...target, storage: inFolder(target.storage, name) })),
    require: input.require ?? outer.require ?? 'all',
    ...(input['on-object-failure'] === 'keep' && { onObjectFailure: 'keep' as const }),
    objects,
  }
}

function taskAsName(task: string, at: LocatedNode, targets: readonly NamedTarget[] | undefined, { report }: Context): string | undefined {
  if (targets?.every(({ storage }) => storage.kind === 'null') || accepts(fileName, task)) return task
  return report.error(locationOf(at), 'the name of the task cannot be used as a folder name', 'Set a "name" for the step.')
}

/** The keys beside the kind of a step. Undefined if one of them is not supported there, which is reported. */
function compileStepOptions(input: StepInput, at: LocatedNode, report: Report): StepOptions | undefined {
  const { name, 'on-failure': onFailure, dry } = input
  const takesAll = input.exec !== undefined || FILE_STEP_KINDS.some((it) => input[it] !== undefined)
  const stray = takesAll ? undefined : (['name', 'dry'] as const).find((it) => input[it] !== undefined)
  if (stray !== undefined)
    return report.error(
      locationOf(memberOf(at, stray) ?? at),
      `"${stray}" is not supported for a step of this kind`,
      'It is only valid for "exec" and for steps with dated files.',
    )
  return { ...(name !== undefined && { name }), ...(onFailure !== undefined && { onFailure }), ...(dry !== undefined && { dry }) }
}
