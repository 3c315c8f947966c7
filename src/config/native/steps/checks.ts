import { type LocatedNode, locationOf, memberOf, membersOf } from '../../../document/yaml/node.ts'
import { DAY_MS } from '../../../lib/durations.ts'
import type { CheckSpec, DiskSpaceCheck, FreeSpace } from '../../../plan/check.ts'
import type { Plan } from '../../../plan/plan.ts'
import { compileCommand } from '../command.ts'
import type { Context } from '../context.ts'
import { lookUp } from '../references.ts'
import { checkForm } from '../schema/check-form.ts'
import { type CheckInput, check as checkShape } from '../schema/checks.ts'
import { commandIn, innerSettings, type Settings } from '../settings.ts'

const TIMEOUT_MS = 30_000

/** Compiles `checks` at the top. */
export function compileChecks(checks: LocatedNode | undefined, settings: Settings, context: Context): NonNullable<Plan['checks']> {
  const compiled = membersOf(checks).map((entry) => {
    const input = checkForm(entry, checkShape, context.report)
    return [entry.key, input && compileCheck(input, entry, { settings, context })] as const
  })
  return new Map(compiled.flatMap(([name, check]) => (check ? [[name, check] as const] : [])))
}

interface CheckCall {
  readonly settings: Settings
  readonly context: Context
}

/** Compiles a check. Reports errors, and returns undefined then. */
export function compileCheck(input: CheckInput, at: LocatedNode, { settings: outer, context }: CheckCall): CheckSpec | undefined {
  const settings = innerSettings(outer, input, { at, report: context.report })
  const timeoutMs = input.timeout ?? TIMEOUT_MS
  const inside = (key: string) => memberOf(at, key) ?? at
  if (timeoutMs === 0) return context.report.error(locationOf(inside('timeout')), 'a check must have a time limit', 'Write "timeout: 30s".')
  if (input.dnssec) return compileDnssec(input.dnssec, inside('dnssec'), { settings, timeoutMs, context })
  if (input['disk-space']) return compileDiskSpace(input['disk-space'], inside('disk-space'), { timeoutMs, context })
  if (input.freshness) return compileFreshness(input.freshness, inside('freshness'), { timeoutMs, context })
  if (input.exec) return compilePlugin(input.exec, inside('exec'), { settings, timeoutMs, context })
  return undefined
}

interface Inner {
  readonly timeoutMs: number
  readonly context: Context
}

type InputOf<K extends keyof CheckInput> = NonNullable<CheckInput[K]>

const ANY_CODE = { min: 0, max: 255 }

function compileDnssec(
  { names, type = 'A', resolver, port, 'warn-days': warnDays = 7, 'fail-days': failDays = 2 }: InputOf<'dnssec'>,
  at: LocatedNode,
  { settings, timeoutMs, context: { report } }: Inner & { readonly settings: Settings },
): CheckSpec | undefined {
  if (failDays > warnDays)
    return report.error(
      locationOf(at),
      'the limit for failures is reached before the limit for warnings',
      `Set "warn-days" (now ${warnDays}) to more than "fail-days" (now ${failDays}).`,
    )
  // No inherited variables: dig reads options from a file in the home folder, and depends on the locale.
  const { user: _, ...own } = settings
  const dig = {
    ...commandIn({ ...own, values: {}, inherited: [] }, ['dig'], { accept: ANY_CODE, showStderr: 'never' }),
    searchPath: searchPathOf(settings),
  }
  const limits = { warnMs: warnDays * DAY_MS, failMs: failDays * DAY_MS, timeoutMs }
  const where = { ...(resolver !== undefined && { resolver }), ...(port !== undefined && { port }) }
  return { kind: 'dnssec', names: [...new Set(names.map(plainName))], types: [...new Set([type].flat())], ...where, ...limits, dig }
}

function searchPathOf(settings: Settings): readonly string[] {
  return commandIn(settings, ['dig']).searchPath
}

function plainName(name: string): string {
  const lower = name.toLowerCase()
  return lower.length > 1 && lower.endsWith('.') ? lower.slice(0, -1) : lower
}

function compileDiskSpace(input: InputOf<'disk-space'>, at: LocatedNode, { timeoutMs, context: { report } }: Inner): DiskSpaceCheck | undefined {
  const warn = freeSpaceOf(input.warn) ?? { kind: 'percent', percent: 10 }
  const fail = freeSpaceOf(input.fail) ?? { kind: 'percent', percent: 5 }
  const warnInodesPercent = input['warn-inodes'] ?? 10
  const failInodesPercent = input['fail-inodes'] ?? 5
  if (isLess(warn, fail))
    return report.error(locationOf(at), 'the limit for failures is reached before the limit for warnings', 'Set "warn" to more than "fail".')
  if (warnInodesPercent < failInodesPercent)
    return report.error(
      locationOf(at),
      'the limit for failures is reached before the limit for warnings',
      'Set "warn-inodes" to more than "fail-inodes".',
    )
  return { kind: 'disk-space', paths: input.paths, warn, fail, warnInodesPercent, failInodesPercent, timeoutMs }
}

function freeSpaceOf(input: InputOf<'disk-space'>['warn']): FreeSpace | undefined {
  if (input === undefined) return undefined
  return 'percent' in input ? { kind: 'percent', percent: input.percent } : { kind: 'bytes', bytes: input.bytes }
}

function isLess(warn: FreeSpace, fail: FreeSpace): boolean {
  if (warn.kind === 'percent') return fail.kind === 'percent' && warn.percent < fail.percent
  return fail.kind === 'bytes' && warn.bytes < fail.bytes
}

function compileFreshness({ task, step, warn, fail }: InputOf<'freshness'>, at: LocatedNode, { timeoutMs, context }: Inner): CheckSpec | undefined {
  const taskAt = memberOf(at, 'task') ?? at
  const found = lookUp({ name: task, what: 'task', at: taskAt }, new Map([...context.tasks].map((it) => [it, it])), context)
  if (warn !== undefined && fail !== undefined && warn > fail)
    return context.report.error(locationOf(at), 'the limit for failures is reached before the limit for warnings', 'Set "fail" to more than "warn".')
  if (found === undefined) return undefined
  const limits = { ...(warn !== undefined && { warnMs: warn }), ...(fail !== undefined && { failMs: fail }) }
  return { kind: 'freshness', task: found, ...(step !== undefined && { step }), ...limits, timeoutMs }
}

function compilePlugin(
  input: InputOf<'exec'>,
  at: LocatedNode,
  { settings, timeoutMs, context: { report } }: Inner & { readonly settings: Settings },
): CheckSpec | undefined {
  const acceptAt = memberOf(at, 'accept')
  if (acceptAt) return report.error(locationOf(acceptAt), '"accept" is not supported here', 'The result of a plugin is its exit code, 0 to 3.')
  const command = compileCommand(input, settings, { at, report })
  return command && { kind: 'exec', command: { ...command, accept: ANY_CODE, showStderr: 'never' }, timeoutMs }
}
