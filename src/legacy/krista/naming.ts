import { quoted } from '../../lib/quoted.ts'
import type { Issue } from '../../plan/issue.ts'
import { openAttributes, textOf } from './attributes.ts'
import { findScheme, namedSchemes } from './choose-scheme.ts'
import type { Context, SchemeChoice, Use } from './context.ts'
import { issueOf, type Tracked, track } from './distinct-report.ts'
import type { Action } from './inherit.ts'
import { NAMING_KEYS, TASK_NAMING_KEYS } from './keys.ts'
import { compileScheme, DEFAULT_SCHEME, type Scheme } from './schemes.ts'
import { reportUnusedKeys } from './unused-keys.ts'
import { describeValue, isNull, memberOf, membersOf, type Value } from './yaml/value.ts'

/** The name of this host and of its files, as the default for tasks. */
export interface Naming {
  readonly context: Context
  readonly scheme: SchemeChoice
  readonly words: NamingWords
  /** `REGION-PROJECT-SERVER`; absent if tasks must define region or project. */
  readonly tag?: string
  /** Why an action cannot be run on its own, if there is no tag. */
  readonly missing?: Issue
}

interface NamingWords {
  readonly serverName: string
  readonly project?: string
  readonly region?: string
}

export interface NamingCall {
  readonly context: Omit<Context, 'schemes'>
  readonly actions: Iterable<Action>
}

/** Compiles "naming". Undefined if no run is possible; then it is reported. */
export function compileNaming(at: Value, { context, actions }: NamingCall): Naming | undefined {
  const report = track(context.report)
  reportUnusedKeys(at, Object.keys(NAMING_KEYS), report)
  const serverName = wordOf(at, 'server_name', report)
  if (serverName === undefined && report.errors.length === 0)
    report.error(memberOf(at, 'server_name') ?? at, 'missing required key "server_name"', 'Set it to the name of this host.')
  const schemeAt = schemeIn(at)
  const own = schemeAt && schemeAt.node.kind !== 'scalar' ? compileScheme(schemeAt, 'of the configuration', report) : undefined
  const whole: Context = { ...context, schemes: namedSchemes(own, actions, context) }
  const scheme = chosen(schemeAt, own, { context: whole }, { kind: 'scheme', scheme: DEFAULT_SCHEME })
  if (serverName === undefined || !scheme || report.errors.length > 0) return undefined
  const project = wordOf(at, 'project', report)
  const region = wordOf(at, 'region', report)
  const words = { serverName, ...(project !== undefined && { project }), ...(region !== undefined && { region }) }
  const base = { context: whole, scheme, words }
  if (project !== undefined && region !== undefined) return { ...base, tag: `${region}-${project}-${serverName}` }
  const missing = [missingWords(words), 'Set it here: it is needed for actions that are run on their own.'] as const
  report.warn(at, ...missing)
  return { ...base, missing: issueOf('error', at, ...missing) }
}

function missingWords({ project, region }: NamingWords): string {
  const missing = [...(project === undefined ? ['"project"'] : []), ...(region === undefined ? ['"region"'] : [])]
  return `missing ${missing.join(' and ')}`
}

function wordOf(at: Value, key: string, report: Tracked): string | undefined {
  const found = memberOf(at, key)
  return found && !isNull(found) ? textOf(found, report) : undefined
}

function schemeIn(naming: Value | undefined): Value | undefined {
  const found = memberOf(naming, 'naming_scheme')
  return found && !isNull(found) ? found : undefined
}

function chosen(
  at: Value | undefined,
  own: Scheme | undefined,
  use: Pick<Use, 'context' | 'taskScheme'>,
  outer: SchemeChoice,
): SchemeChoice | undefined {
  if (!at) return outer
  if (at.node.kind === 'scalar') return findScheme(at, at.node.text, use)
  return own && { kind: 'scheme', scheme: own }
}

/** The naming of files in a task. Undefined if an error was reported. */
export function useOf(task: Value, { context, scheme }: Naming, report: Tracked): Use | undefined {
  const at = taskNaming(task, report)
  const schemeAt = schemeIn(at)
  if (at) reportUnusedKeys(at, Object.keys(TASK_NAMING_KEYS), report)
  if (!schemeAt) return { context, scheme }
  const own = schemeAt.node.kind === 'scalar' ? undefined : compileScheme(schemeAt, 'of the task', report)
  if (schemeAt.node.kind !== 'scalar' && !own) return undefined
  if (own?.isNamed === true && isTaken(own.id, { context, scheme }))
    return report.error(memberOf(schemeAt, 'scheme_id') ?? schemeAt, `duplicate naming scheme id ${quoted(own.id)}`, 'Change this id.')
  const found = chosen(schemeAt, own, { context }, scheme)
  return found && { context, scheme: found, ...(own && { taskScheme: own }) }
}

// Schemes that only actions reference cannot conflict.
function isTaken(id: string, { scheme }: Pick<Naming, 'context' | 'scheme'>): boolean {
  return id === DEFAULT_SCHEME.id || (scheme.kind === 'scheme' && scheme.scheme.isNamed && scheme.scheme.id === id)
}

function taskNaming(task: Value, report: Tracked): Value | undefined {
  const at = memberOf(task, 'naming')
  if (!at) return undefined
  if (at.node.kind === 'map') return at
  if (isNull(at)) return report.warn(at, '"naming" is empty', 'Remove it.')
  return report.error(at, `expected a mapping, found ${describeValue(at)}`, 'Write "{project: …, region: …}".')
}

/** The tag of the host in the logs of a task. Undefined if a part of it is missing; then it is reported. */
export function tagOf(task: Value, { words }: Naming, report: Tracked): string | undefined {
  const at = memberOf(task, 'naming')
  const own = openAttributes('', task, new Map(membersOf(at).map((it) => [it.key, it] as const)), report)
  const project = own.text('project') ?? words.project
  const region = own.text('region') ?? words.region
  if (project !== undefined && region !== undefined) return `${region}-${project}-${words.serverName}`
  const missing = { serverName: words.serverName, ...(project !== undefined && { project }), ...(region !== undefined && { region }) }
  return report.error(task, missingWords(missing), 'Set it in "naming" of the task or of the configuration.')
}
