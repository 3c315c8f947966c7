import { openReport, type Report } from '../../document/issue-report.ts'
import { describeNode, keyLocation, type LocatedNode, locationOf, memberOf, membersOf } from '../../document/yaml/node.ts'
import { deepFreeze } from '../../lib/deep-freeze.ts'
import type { FileReader, HostFacts, Loaded } from '../../plan/loading.ts'
import type { Plan, Task } from '../../plan/plan.ts'
import type { Context, Defaults } from './context.ts'
import { compileFileSets } from './dated-files/file-sets.ts'
import { type Documents, readDocuments } from './documents.ts'
import { accepts } from './form/form.ts'
import { compileKeys, identitiesOf, passphrasesOf } from './keys.ts'
import { compileBootReport } from './notify/boot-report.ts'
import { compileLogs } from './notify/logs.ts'
import { compileNotifiers } from './notify/notifiers.ts'
import { compileNotify } from './notify/notify.ts'
import { compileWeb } from './notify/web.ts'
import { checkForm, withFaults } from './schema/check-form.ts'
import { defaults as defaultsForm, topShell } from './schema/schema.ts'
import { name as nameForm } from './schema/schema-helpers.ts'
import { hostSettings, innerSettings } from './settings.ts'
import { reportCheckFaults } from './steps/check-faults.ts'
import { compileChecks } from './steps/checks.ts'
import { compileStorages } from './storages/storages.ts'
import { compileTasks } from './tasks.ts'

export interface NativeDeps {
  readonly reader: FileReader
  readonly host: HostFacts
}

/**
 * Reads a native configuration with all its includes and compiles it. Never rejects because of the contents of the files: all errors are issues,
 * reported together, and there is a plan exactly if none of them is an error. Tasks that are not run are checked, too.
 */
export async function loadNative(file: string, { reader, host }: NativeDeps): Promise<Loaded> {
  const reading = openReport()
  const found = await readDocuments(file, { reader, report: reading })
  const { plan, issues } = await withFaults((): Loaded => {
    const report = openReport(reading.issues(found.files))
    const made = found.files.length > 0 && found.complete ? compilePlan(found, host, report) : undefined
    return { ...(made && { plan: made }), issues: report.issues(found.files) }
  })
  if (!plan || issues.some((it) => it.severity === 'error'))
    return { issues, ...(plan?.runLogs && { logs: { logs: plan.runLogs, file: plan.file } }) }
  return { plan: deepFreeze(plan), issues }
}

function compilePlan({ top, file, files, complete }: Documents, host: HostFacts, report: Report): Plan {
  const placed: LocatedNode = { node: top, path: '' }
  const settings = checkForm(placed, topShell, report)
  const keys = compileKeys(mapIn(placed, 'keys', report), report)
  const storages = compileStorages(mapIn(placed, 'storages', report), report, host)
  const tasksAt = mapIn(placed, 'tasks', report)
  const outer = readDefaults(memberOf(placed, 'defaults'), { report, host })
  const notifiers = compileNotifiers(mapIn(placed, 'notifiers', report), hostSettings(host), report)
  const fileSets = compileFileSets(mapIn(placed, 'file-sets', report), outer.settings, report)
  const context: Context = { report, host, storages, keys, fileSets, notifiers, complete, tasks: new Set(membersOf(tasksAt).map(({ key }) => key)) }
  const notifyAt = memberOf(placed, 'notify')
  const defaults = { ...outer, ...(settings?.notify !== undefined && notifyAt && { notify: compileNotify(settings.notify, notifyAt, context) }) }
  const tasks = compileTasks(tasksAt, defaults, context)
  const checksAt = mapIn(placed, 'checks', report)
  const checks = compileChecks(checksAt, defaults.settings, context)
  reportCheckFaults({ tasks, checks }, { checks: checksAt, tasks: tasksAt }, context)
  const bootReport = compileBootReport(memberOf(placed, 'boot-report'), context)
  const runLogs = compileLogs(memberOf(placed, 'logs'), context)
  const web = compileWeb(memberOf(placed, 'web'), context)
  return {
    dialect: 'native',
    file,
    files,
    tasks,
    defaultTask: defaultOf(tasks),
    verbosity: settings?.verbosity ?? 3,
    commands: new Map(),
    modules: [],
    workers: settings?.workers ?? Math.max(1, host.availableCpus),
    ...(checks.size > 0 && { checks }),
    ...(bootReport && { bootReport }),
    ...(runLogs && { runLogs }),
    ...(web && { web }),
    ...(fileSets.size > 0 && { fileSets: new Map([...fileSets].flatMap(([name, it]) => (it ? [[name, it] as const] : []))) }),
    ...(notifiers.size > 0 && { notifiers: new Map([...notifiers].flatMap(([name, it]) => (it ? [[name, it] as const] : []))) }),
    storages: new Map([...storages].flatMap(([name, spec]) => (spec ? [[name, spec] as const] : []))),
    identities: identitiesOf(keys),
    passphrases: passphrasesOf(keys),
    ...(settings?.contacts && { contacts: settings.contacts }),
  }
}

function readDefaults(at: LocatedNode | undefined, { report, host }: Pick<Context, 'report' | 'host'>): Defaults {
  const outer = hostSettings(host)
  const input = at && checkForm(at, defaultsForm, report)
  if (!at || !input) return { settings: outer }
  const { to, keep, compress, encrypt, ...processContext } = input
  return {
    settings: innerSettings(outer, processContext, { at, report }),
    ...(to !== undefined && { to }),
    ...(keep && { keep }),
    ...(compress !== undefined && { compress }),
    ...(encrypt !== undefined && { encrypt }),
  }
}

function defaultOf(tasks: ReadonlyMap<string, Task>): string {
  const [only, ...more] = tasks.keys()
  return only === undefined || more.length > 0 || tasks.has('default') ? 'default' : only
}

/** A mapping of named definitions; names that cannot be referenced are reported. */
function mapIn(top: LocatedNode, key: string, report: Report): LocatedNode | undefined {
  const found = memberOf(top, key)
  if (!found) return undefined
  // "storages:" without a value.
  if (found.node.kind === 'scalar' && found.node.value === null) return undefined
  if (found.node.kind !== 'map')
    return report.error(locationOf(found), `expected a mapping, found ${describeNode(found.node)}`, 'Each entry starts with its name and a colon.')
  for (const it of key === 'tasks' ? [] : membersOf(found))
    if (!accepts(nameForm, it.key))
      report.error(keyLocation(found, it.key), 'invalid name', 'A name consists of letters, digits and . _ @ + - and starts with a letter or digit.')
  return found
}
