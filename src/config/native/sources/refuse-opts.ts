import type { Report } from '../../../document/issue-report.ts'
import { itemsOf, type LocatedNode, locationOf, memberOf } from '../../../document/yaml/node.ts'
import { quoted } from '../../../lib/quoted.ts'

/** Reports additional arguments of a dump program with which the end of a dump cannot be recognized, or with which it does not write to stdout. */
export function refuseOpts(opts: readonly string[], isRefused: (opt: string, next: string | undefined) => boolean, call: OptsLocation): void {
  const at = memberOf(call.at, 'opts') ?? call.at
  const places = itemsOf(at)
  for (const [index, opt] of opts.entries())
    if (isRefused(opt, opts[index + 1]))
      call.report.error(
        locationOf(places[index] ?? at),
        `${quoted(opt)} is not supported: the output would lack the end mark by which truncated dumps are detected`,
        'Remove it, or use a source of type "exec".',
      )
}

interface OptsLocation {
  readonly report: Report
  readonly at: LocatedNode
}

/** Whether an argument is one of these long options, which may be abbreviated to `shortest` characters or more. */
export function isLongOption(opt: string, names: readonly (readonly [name: string, shortest: number])[]): boolean {
  const [name = ''] = opt.split('=', 1)
  return name.startsWith('--') && names.some(([full, shortest]) => full.startsWith(name.slice(2)) && name.length - 2 >= shortest)
}
