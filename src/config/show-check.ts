import { formatDuration } from '../lib/format.ts'
import type { CheckSpec } from '../plan/check.ts'
import { describeFreeSpace } from '../plan/describe-check.ts'
import { surroundingWords } from './show-command.ts'

/** What a check goes by, a line each. */
export function checkLines(check: CheckSpec): readonly string[] {
  return [...ownLines(check), `gives up after: ${formatDuration(check.timeoutMs)}`]
}

function ownLines(check: CheckSpec): readonly string[] {
  switch (check.kind) {
    case 'dnssec':
      return [
        `resolver: ${check.resolver ?? "this host's own"}${check.port === undefined ? '' : `, port ${check.port}`}`,
        `signatures hold at least: ${formatDuration(check.warnMs)}, else a warning; ${formatDuration(check.failMs)}, else a failure`,
      ]
    case 'disk-space':
      return [
        `free at least: ${describeFreeSpace(check.warn)}, else a warning; ${describeFreeSpace(check.fail)}, else a failure`,
        `inodes free at least: ${check.warnInodesPercent} %, else a warning; ${check.failInodesPercent} %, else a failure`,
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
  if (warnMs === undefined && failMs === undefined) return "by the task's schedule"
  const words = [
    ...(warnMs === undefined ? [] : [`a warning beyond ${formatDuration(warnMs)}`]),
    ...(failMs === undefined ? [] : [`a failure beyond ${formatDuration(failMs)}`]),
  ]
  return words.join('; ')
}
