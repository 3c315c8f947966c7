import { itemsOf, type LocatedNode, memberOf } from '../../../document/yaml/node.ts'
import { DAY_MS } from '../../../lib/durations.ts'
import type { NotifierSpec, NotifyOccasion, NotifyRule } from '../../../plan/notify.ts'
import type { Context } from '../context.ts'
import { lookUp } from '../references.ts'
import type { NotifyInput } from '../schema/notifiers.ts'

const REMIND_MS = 7 * DAY_MS

/** Compiles `notify`. Invalid entries are reported and skipped. */
export function compileNotify(input: NotifyInput, at: LocatedNode, context: Context): readonly NotifyRule[] {
  const places = at.node.kind === 'list' ? itemsOf(at) : [at]
  return [input].flat().flatMap((rule, index) => compileRule(rule, places[index] ?? at, context))
}

type RuleInput = Exclude<NotifyInput, readonly unknown[]>

function compileRule(rule: RuleInput, at: LocatedNode, context: Context): readonly NotifyRule[] {
  if (typeof rule === 'string') return findNotifiers(rule, at, context).map((to) => ({ to, on: usualOf(to), remindMs: REMIND_MS }))
  const { on, remind = REMIND_MS } = rule
  return findNotifiers(rule.to, memberOf(at, 'to') ?? at, context).map((to) => ({
    to,
    on: on === undefined ? usualOf(to) : [on].flat(),
    remindMs: remind,
  }))
}

/** The notifiers with these names; unknown names are reported. */
export function findNotifiers(names: string | readonly string[], at: LocatedNode, context: Context): readonly NotifierSpec[] {
  const places = at.node.kind === 'list' ? itemsOf(at) : [at]
  return [names].flat().flatMap((name, index) => lookUp({ name, what: 'notifier', at: places[index] ?? at }, context.notifiers, context) ?? [])
}

// A service that waits for pings treats their absence as a failure.
function usualOf({ kind }: NotifierSpec): readonly NotifyOccasion[] {
  return [kind === 'ping' ? 'always' : 'change']
}
