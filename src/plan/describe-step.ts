import { describeCommand } from './command.ts'
import type { Step, StorageSpec } from './plan.ts'

/** A step in words, on one line: `/bin/echo one`, `back up 3 objects to "/var/backups"`, `task "reboot"`, `block SIGTERM`. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'exec':
      return describeCommand(step.command)
    case 'backup':
      return `back up ${step.objects.length} ${step.objects.length === 1 ? 'object' : 'objects'} to ${describeStorage(step.storage)}`
    case 'task':
      return `task "${step.task}"`
    case 'signals':
      return step.changes.map(({ action, signals }) => [action, ...signals].join(' ')).join(', ')
    default:
      return step satisfies never
  }
}

/** Where a storage is, in words: `"/var/backups"`, `"s3://bucket/root"`, `nowhere (null)`. */
export function describeStorage(spec: StorageSpec): string {
  switch (spec.kind) {
    case 'null':
      return 'nowhere (null)'
    case 'localfs':
      return JSON.stringify(spec.root)
    case 's3':
      return JSON.stringify(`s3://${spec.bucket}/${spec.root}`)
    default:
      return spec satisfies never
  }
}
