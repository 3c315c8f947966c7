import type { CheckSpec, FreeSpace } from '../check.ts'
import { describeCommand } from '../command.ts'

/** What a check asks, in words, on one line: `check DNSSEC of example.org (A)`. */
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
