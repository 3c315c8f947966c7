import { posix } from 'node:path'
import type { Report } from '../../document/issue-report.ts'
import { deepFreeze } from '../../lib/deep-freeze.ts'
import { AppError, messageOf, systemCode } from '../../lib/errors.ts'
import { quoted } from '../../lib/quoted.ts'
import { SYSTEM_PATH } from '../../plan/command.ts'
import type { FileReader, HostFacts, Loaded } from '../../plan/loading.ts'
import type { Plan } from '../../plan/plan.ts'
import type { LogLanguage, RunLogs } from '../../plan/run-logs.ts'
import { type Attributes, openAttributes } from './attributes.ts'
import type { Context } from './context.ts'
import { openDistinctReport, type Tracked, track } from './distinct-report.ts'
import { type Inherited, inheritActions } from './inherit.ts'
import { CRON_KEYS, LOGGING_KEYS, TOP_KEYS, WEB_KEYS } from './keys.ts'
import { compileNaming, type Naming } from './naming.ts'
import { compilePart, compileTask } from './tasks.ts'
import { reportUnusedKeys } from './unused-keys.ts'
import { compileWeb } from './web.ts'
import { readDocument } from './yaml/read-document.ts'
import { describeValue, isNull, itemsOf, memberOf, membersOf, type Value } from './yaml/value.ts'

export interface KristaDeps {
  readonly reader: FileReader
  readonly host: HostFacts
}

/**
 * Reads a KristaBackup configuration and compiles it. Never rejects because of the contents of the file. All errors are issues, reported together.
 * Errors in single tasks and actions do not prevent a plan, in which these fail with the error when they are run.
 */
export async function loadKrista(file: string, { reader, host }: KristaDeps): Promise<Loaded> {
  const report = openDistinctReport()
  const resolved = await reader.resolve(file).catch(() => file)
  const top = await readTop(resolved, reader, report)
  const { plan, logs } = top ? compilePlan(top, { file: resolved, host, report }) : {}
  const issues = report.issues([resolved])
  if (plan) return { plan: deepFreeze(plan), issues }
  return { issues, ...(logs && { logs: { logs, file: resolved } }) }
}

async function readTop(file: string, reader: FileReader, report: Report): Promise<Value | undefined> {
  try {
    const top = readDocument(file, await reader.read(file), report)
    if (!top || top.node.kind === 'map') return top
    return report.error(
      top,
      `expected a mapping, found ${isNull(top) ? 'an empty file' : describeValue(top)}`,
      'Write "naming:", "schedule:" and "actions:".',
    )
  } catch (error) {
    return report.error(
      { file, path: '' },
      `could not read the configuration: ${error instanceof AppError ? error.message : (systemCode(error) ?? messageOf(error))}`,
      'Check the path and its permissions.',
    )
  }
}

const DEFAULT_LOGS = '/var/log/KristaBackup'

interface Compiling {
  readonly file: string
  readonly host: HostFacts
  readonly report: Report
}

/** Without a plan: the configured logs, as far as they can be determined. */
function compilePlan(top: Value, { file, host, report }: Compiling): { readonly plan?: Plan; readonly logs?: RunLogs } {
  const tracked = track(report)
  reportUnusedKeys(top, Object.keys(TOP_KEYS), tracked)
  const namingAt = sectionOf(top, 'naming', tracked)
  const scheduleAt = sectionOf(top, 'schedule', tracked)
  const actionsAt = sectionOf(top, 'actions', tracked)
  for (const entry of [...membersOf(scheduleAt), ...membersOf(actionsAt)])
    if (entry.node.kind !== 'map')
      tracked.error(entry, `expected a mapping for ${quoted(entry.key)}, found ${describeValue(entry)}`, 'Add its keys, or remove it.')
  const { areLogsClear, ...settings } = compileSettings(top, tracked)
  const without = areLogsClear ? { logs: { ...settings.runLogs, tag: '' } } : {}
  if (!namingAt) return without
  const found = actionsAt ? inheritActions(actionsAt) : new Map<string, Inherited>()
  const naming = compileNaming(namingAt, {
    context: { ...contextOf(file, host, report), actionsAt: actionsAt ?? top, actions: found, used: usedIn(scheduleAt) },
    actions: [...found.values()].flatMap((it) => (it.kind === 'action' ? [it.action] : [])),
  })
  if (!naming || !scheduleAt || !actionsAt || tracked.errors.length > 0) return without
  const tag = naming.tag ?? naming.words.serverName
  return { plan: { ...settings, ...planOf(file, naming, scheduleAt), runLogs: { ...settings.runLogs, tag } } }
}

function contextOf(
  file: string,
  { inherited, environment = {} }: HostFacts,
  report: Report,
): Pick<Context, 'report' | 'folder' | 'environment' | 'searchPath'> {
  const values = inherited ?? environment
  return {
    report,
    folder: posix.dirname(file),
    environment: { kind: 'exactly', values, inherited: Object.keys(values) },
    searchPath: values['PATH']?.split(':') ?? SYSTEM_PATH,
  }
}

function planOf(file: string, naming: Naming, scheduleAt: Value): Omit<Plan, 'runLogs' | 'verbosity'> {
  const tasks = membersOf(scheduleAt).map((entry) => [entry.key, compileTask(entry, naming)] as const)
  const byName = new Map(tasks)
  const parts = [...naming.context.actions.keys()].map((name) => {
    // The region and project of a task with the same name also apply to the action.
    const logTag = byName.get(name)?.logTag
    const named = logTag === undefined ? naming : { ...naming, tag: logTag }
    return [name, { ...compilePart(name, named), ...(logTag !== undefined && { logTag }) }] as const
  })
  return {
    dialect: 'krista',
    file,
    files: [file],
    tasks: byName,
    parts: new Map(parts),
    defaultTask: 'default',
    commands: new Map(),
    modules: [],
    workers: 1,
  }
}

function sectionOf(top: Value, key: string, report: Tracked): Value | undefined {
  const at = memberOf(top, key)
  if (at?.node.kind === 'map') return at
  const hint = key === 'schedule' ? 'If there are no tasks, write "schedule: {}".' : `Write "${key}:" and, indented below it, its contents.`
  if (!at) return report.error(top, `missing required key "${key}"`, hint)
  return report.error(at, `expected a mapping for "${key}", found ${describeValue(at)}`, hint)
}

/** A section that may be missing. */
function optionalSection(top: Value, key: string, keys: readonly string[], report: Tracked): Value | undefined {
  const at = memberOf(top, key)
  if (!at) return undefined
  if (at.node.kind === 'map') {
    reportUnusedKeys(at, keys, report)
    return at
  }
  if (isNull(at)) return report.warn(at, `"${key}" is empty`, `Write "${key}: {}", or remove it.`)
  return report.error(at, `expected a mapping for "${key}", found ${describeValue(at)}`, 'Write its keys below it, indented.')
}

type Settings = Pick<Plan, 'verbosity' | 'oneRunAtATime' | 'crontabUser' | 'web'> & {
  readonly runLogs: Omit<RunLogs, 'tag'>
  /** Their values are valid. */
  readonly areLogsClear: boolean
}

function compileSettings(top: Value, report: Tracked): Settings {
  const attributesOf = (at: Value | undefined) => openAttributes('', at ?? top, new Map(membersOf(at).map((it) => [it.key, it] as const)), report)
  const whole = attributesOf(top)
  const errorsBefore = report.errors.length
  const logging = attributesOf(optionalSection(top, 'logging', Object.keys(LOGGING_KEYS), report))
  const onConsole = logging.flag('use_console', false)
  const runLogs = { ...compileLogs(logging), onConsole }
  const areLogsClear = report.errors.length === errorsBefore
  const cron = attributesOf(optionalSection(top, 'cron', Object.keys(CRON_KEYS), report))
  const webAt = optionalSection(top, 'web', Object.keys(WEB_KEYS), report)
  const crontabUser = cron.text('cron_user')
  return {
    // The crontab lines treat any output of a run as an alarm.
    verbosity: onConsole ? 4 : 1,
    runLogs,
    ...(webAt && { web: compileWeb(attributesOf(webAt)) }),
    areLogsClear,
    ...(whole.flag('allow_parallel', true) ? {} : { oneRunAtATime: true }),
    ...(crontabUser !== undefined && { crontabUser }),
  }
}

const GENERAL_LOG = 'krista_backup/krista_backup.log'
const FILE_LOGGER = 'archiver_files'
const LANGUAGES: readonly string[] = ['en', 'ru'] satisfies readonly LogLanguage[]

function compileLogs(logging: Attributes): Omit<RunLogs, 'tag' | 'onConsole'> {
  const triggerFile = logging.text('trigger_filepath')
  const isStrict = logging.flag('trigger_strict', true)
  const language = logging.text('language')
  const days = logging.number('keep_days', 1)
  const megabytes = logging.number('keep_megabytes', 1)
  if (language !== undefined && !isLanguage(language))
    logging.report.error(logging.value('language') ?? logging.at, `unsupported language ${quoted(language)}`, 'Write en or ru.')
  const keep = { ...(days !== undefined && { days }), ...(megabytes !== undefined && { bytes: megabytes * 1024 ** 2 }) }
  return {
    folder: logging.text('logs_path') ?? DEFAULT_LOGS,
    generalLog: GENERAL_LOG,
    fileLogger: FILE_LOGGER,
    stderrIsError: true,
    ...(triggerFile !== undefined && { triggerFile }),
    ...(isStrict ? {} : { strict: false }),
    ...(language !== undefined && isLanguage(language) && { language }),
    ...(Object.keys(keep).length > 0 && { keep }),
  }
}

function isLanguage(word: string): word is LogLanguage {
  return LANGUAGES.includes(word)
}

function usedIn(scheduleAt: Value | undefined): ReadonlySet<string> {
  return new Set(
    membersOf(scheduleAt)
      .flatMap((task) => itemsOf(memberOf(task, 'actions')))
      .flatMap((item) => (item.node.kind === 'list' ? itemsOf(item) : [item]))
      .flatMap(({ node }) => (node.kind === 'scalar' ? [node.source] : [])),
  )
}
