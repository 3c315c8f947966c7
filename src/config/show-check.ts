import { formatDuration } from '../lib/format.ts'
import type { CheckSpec } from '../plan/check.ts'
import { describeFreeSpace } from '../plan/steps/describe-check.ts'
import { surroundingWords } from './show-command.ts'

/** What a check goes by, a line each. */
export function checkLines(check: CheckSpec): readonly string[] {
  return [...ownLines(check), `timeout: ${formatDuration(check.timeoutMs)}`]
}

function ownLines(check: CheckSpec): readonly string[] {
  switch (check.kind) {
    case 'dnssec':
      return [
        `resolver: ${check.resolver ?? 'default of this host'}${check.port === undefined ? '' : `, port ${check.port}`}`,
        `signature lifetime: warn below ${formatDuration(check.warnMs)}, fail below ${formatDuration(check.failMs)}`,
      ]
    case 'disk-space':
      return [
        `free space: warn below ${describeFreeSpace(check.warn)}, fail below ${describeFreeSpace(check.fail)}`,
        `free inodes: warn below ${check.warnInodesPercent} %, fail below ${check.failInodesPercent} %`,
      ]
    case 'freshness':
      return [`age: ${ageWords(check)}`]
    case 'exec':
      return surroundingWords(check.command)
    default:
      return check satisfies never
  }
}

function ageWords({ warnMs, failMs }: Extract<CheckSpec, { kind: 'freshness' }>): string {
  if (warnMs === undefined && failMs === undefined) return "derived from the task's schedule"
  const words = [
    ...(warnMs === undefined ? [] : [`warn above ${formatDuration(warnMs)}`]),
    ...(failMs === undefined ? [] : [`fail above ${formatDuration(failMs)}`]),
  ]
  return words.join('; ')
}
