import type { HostFacts } from '../../plan/loading.ts'
import type { Plan, Step } from '../../plan/plan.ts'
import { describeStep } from '../../plan/steps/describe-step.ts'
import { convertBackup, type NewStorages } from './convert-backup.ts'
import { convertBootReport } from './convert-boot-report.ts'
import { convertCommand, type NewValue } from './convert-command.ts'
import { openRemarks, type Remarks } from './remarks.ts'
import { renderYaml } from './render-yaml.ts'

/**
 * A native configuration equivalent to an ancestor's plan. Differences are listed in comments at its beginning. It contains the values of
 * environments, like the original configuration.
 */
export function renderNative(plan: Plan, { availableCpus }: HostFacts): string {
  const remarks = openRemarks()
  const storages: NewStorages = { byName: new Map(), takenRoots: new Set() }
  const tasks = new Map<string, NewValue>()
  for (const { name, steps } of plan.tasks.values()) {
    const converted = steps.map((step) => convertStep(step, name, { storages, remarks }))
    tasks.set(newTaskName(name, remarks), new Map([['steps', converted.filter((it) => it !== undefined)]]))
  }
  const boot = plan.bootReport && convertBootReport(plan.bootReport, remarks)
  remarkOnTheRest(plan, remarks)
  const content = new Map<string, NewValue>([
    ['version', 1],
    ...(plan.workers === availableCpus ? [] : [['workers', plan.workers] as const]),
    ...(plan.verbosity === 3 ? [] : [['verbosity', Math.max(0, plan.verbosity)] as const]),
    [
      'defaults',
      new Map<string, NewValue>([
        ['environment-exactly', new Map()],
        ['compress', 'none'],
      ]),
    ],
    ...(storages.byName.size > 0 ? [['storages', storages.byName] as const] : []),
    ...(boot && boot.notifiers.length > 0 ? [['notifiers', new Map(boot.notifiers)] as const] : []),
    ...(boot ? [['boot-report', boot.report] as const] : []),
    ['tasks', tasks],
  ])
  return renderYaml(content, [`Converted from ${JSON.stringify(plan.file)}.`, ...HEAD, ...remarks.all().map((it) => `NOTE: ${it}`)])
}

function convertStep(step: Step, task: string, deps: { readonly storages: NewStorages; readonly remarks: Remarks }): NewValue | undefined {
  switch (step.kind) {
    case 'exec':
      return new Map([['exec', convertCommand(step.command, deps.remarks)]])
    case 'task':
      return new Map([['task', newTaskName(step.task, deps.remarks)]])
    case 'signals': {
      const changes = step.changes.map(({ action, signals }) => new Map([[action, signals.map((it) => it.slice('SIG'.length))]]))
      return new Map([['signals', changes]])
    }
    case 'backup': {
      const backup = convertBackup(step, task, deps)
      return backup === undefined ? undefined : new Map([['backup', backup]])
    }
    // Such a plan has no other kinds.
    default:
      deps.remarks.add(`The step "${describeStep(step)}" was omitted: it is not supported in the native format.`)
      return undefined
  }
}

function newTaskName(name: string, remarks: Remarks): string {
  if (name !== '' && name !== '__proto__') return name
  remarks.add(`The task "${name}" was renamed to "unnamed".`)
  return 'unnamed'
}

function remarkOnTheRest(plan: Plan, remarks: Remarks): void {
  if (plan.modules.length > 0) remarks.add('Modules were omitted: all functions are always available.')
}

const HEAD = [
  'Unchanged: commands get exactly the environment written here, programs are looked up as before, compression and encryption are the same,',
  'and sets without a manifest are still counted.',
  'Changed: unknown keys are errors; command line options can be in any position; the number of CPUs is that of the host on which a task runs.',
]
