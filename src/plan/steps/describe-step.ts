import type { CheckSpec, FreeSpace } from '../check.ts'
import { describeCommand } from '../command.ts'
import type { CopyStep, DrillStep, Step, StorageSpec } from '../plan.ts'
import { describeFilesStep } from './describe-files-step.ts'

/** A description of a step, on one line: `/bin/echo one`, `back up 3 objects to "/var/backups"`, `task "reboot"`, `block SIGTERM`. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'exec':
      return `${step.dry === true ? 'dry: ' : ''}${describeCommand(step.command)}`
    case 'backup':
      return `back up ${step.objects.length} ${step.objects.length === 1 ? 'object' : 'objects'} to ${step.targets.map(({ storage }) => describeStorage(storage)).join(' and ')}`
    case 'copy':
      return `copy ${describeChoice(step)} from ${describeStorage(step.from.storage)} to ${describeStorage(step.to.storage)}`
    case 'drill':
      return `drill the ${DRILLED[step.set]} from ${describeStorage(step.from.storage)}, level ${step.level}`
    case 'check':
      return describeCheck(step.check)
    case 'task':
      return `task "${step.task}"`
    case 'signals':
      return step.changes.map(({ action, signals }) => [action, ...signals].join(' ')).join(', ')
    case 'issue':
      return step.issue.message
    default:
      return describeFilesStep(step)
  }
}

const DRILLED = { latest: 'newest set', random: 'random set', unproven: 'least recently drilled set' } as const satisfies Record<
  DrillStep['set'],
  string
>

function describeChoice({ newest }: CopyStep): string {
  if (newest === Infinity) return 'all sets'
  return newest === 1 ? 'the newest set' : `the newest ${newest} sets`
}

/** The location of a storage, in words: `"/var/backups"`, `"s3://bucket/root"`, `nowhere (null)`. */
export function describeStorage(spec: StorageSpec): string {
  switch (spec.kind) {
    case 'null':
      return 'nowhere (null)'
    case 'localfs':
      return JSON.stringify(spec.root)
    case 's3':
      return JSON.stringify(`s3://${spec.bucket}/${spec.root}`)
    case 'rclone':
      return JSON.stringify(spec.label)
    default:
      return spec satisfies never
  }
}

/** A description of a check, on one line: `check DNSSEC of example.org (A)`. */
export function describeCheck(check: CheckSpec): string {
  switch (check.kind) {
    case 'dnssec':
      return `check DNSSEC of ${check.names.join(', ')} (${check.types.join(', ')})`
    case 'disk-space':
      return `check the free space of ${check.paths.map((path) => JSON.stringify(path)).join(', ')}`
    case 'freshness':
      return `check the age of the last sets of task ${JSON.stringify(check.task)}${check.step === undefined ? '' : `, step ${JSON.stringify(check.step)}`}`
    case 'exec':
      return `check with ${describeCommand(check.command)}`
    default:
      return check satisfies never
  }
}

/** `10 %`, `1073741824 bytes`. */
export function describeFreeSpace(space: FreeSpace): string {
  return space.kind === 'percent' ? `${space.percent} %` : `${space.bytes} bytes`
}
