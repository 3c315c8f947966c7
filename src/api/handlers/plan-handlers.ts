import type { AuditedAction } from '../../accounts/audit.ts'
import type { ConfigChangeOf, ConfigVersionFacts } from '../../app/web/config-file/open-config-file.ts'
import { findNotifier, testNotifierNamed } from '../../app/web/notifiers.ts'
import type { TaskView } from '../../app/web/overview/read-overview.ts'
import { previewSchedule, readScheduleRows } from '../../app/web/schedule-rows.ts'
import { readStorages, type StorageView } from '../../app/web/storages-view.ts'
import { followChange, switchTask } from '../../app/web/switch-task.ts'
import { DAY_MS } from '../../lib/durations.ts'
import { recordBegun, recordRead } from '../access/record.ts'
import { type Api, actorOf, type Call } from '../context.ts'
import { ApiError } from '../problems.ts'
import type { Config, ConfigIssue } from '../schema/config.ts'
import type { Handlers } from './handler.ts'
import { taskView } from './run-handlers.ts'
import { LOCAL, pageOf, taskOf, zone } from './views.ts'

type Names =
  | 'listStorages'
  | 'checkStorage'
  | 'listNotifiers'
  | 'testNotifier'
  | 'listSchedules'
  | 'previewSchedule'
  | 'addTask'
  | 'changeSchedule'
  | 'switchSchedule'
  | 'removeTask'
  | 'readConfig'
  | 'checkConfig'
  | 'writeConfig'
  | 'listConfigVersions'
  | 'readConfigVersion'

const MAX_DAYS = 32

export const planHandlers: Handlers<Names> = {
  listStorages: async ({ api: { web }, query }) => pageOf((await readStorages(web)).map(storageOf), query, web.host.clock()),
  async checkStorage(call) {
    const { web } = call.api
    const { name } = call.query
    await recordBegun(call, { action: 'storage-checked', target: name })
    web.sets.forget()
    const found = (await readStorages(web)).find((it) => it.name === name)
    if (found === undefined) throw new ApiError('not-found', 'unknown storage')
    return storageOf(found)
  },
  async listNotifiers({ api: { web } }) {
    const rows = [...((await web.plans.plan()).notifiers?.values() ?? [])].map(({ name, kind }) => ({ name, kind }))
    return { asOf: web.host.clock().toISOString(), total: rows.length, rows, next: null }
  },
  async testNotifier(call) {
    const { web } = call.api
    const plan = await web.plans.plan()
    findNotifier(plan, call.query.name)
    await recordBegun(call, { action: 'test-message-sent', target: call.query.name })
    return { sentInMs: await testNotifierNamed(plan, call.query.name, web.host) }
  },
  async listSchedules({ api: { web }, query }) {
    const now = web.host.clock()
    const from = query.from === undefined ? new Date(now.getTime() - DAY_MS) : new Date(query.from)
    const to = query.to === undefined ? new Date(now.getTime() + DAY_MS) : new Date(query.to)
    if (!(to > from) || to.getTime() - from.getTime() > MAX_DAYS * DAY_MS)
      throw new ApiError('invalid', `expected a time range of at most ${MAX_DAYS} days`)
    const rows = (await readScheduleRows(web.data, { from, to })).map(({ view, usualMs, ran, planned }) => ({
      ...{ host: LOCAL, task: view.task.name, description: view.task.description ?? null, usualMs },
      schedule: taskOf(view, now).schedule,
      ran: ran.map(({ id, began, ended, state }) => ({ run: id, began: began.toISOString(), ended: ended?.toISOString() ?? null, state })),
      planned: planned.map((it) => it.toISOString()),
    }))
    return { ...pageOf(rows, query, now), timeZone: zone() }
  },
  previewSchedule: ({ api: { web }, body: { words, count } }) => ({
    next: previewSchedule(words, { after: web.host.clock(), count }).map((it) => it.toISOString()),
    timeZone: zone(),
  }),
  async addTask(call) {
    const { web } = call.api
    const { task, words, description, runs } = call.body
    const of = await edited(call, { action: 'task-added', target: task, after: { words, description, runs } })
    await web.config.edit({ kind: 'add', task, words, description, runs }, of)
    call.api.streams.send({ kind: 'changed', what: 'config' })
    return taskAfterChange(call.api, task)
  },
  async changeSchedule(call) {
    const { web } = call.api
    const { words, description } = call.body
    const { task } = call.query
    previewSchedule(words, { after: web.host.clock(), count: 1 })
    const view = await taskView(web, task)
    const of = await edited(call, { action: 'schedule-changed', target: task, before: scheduleOf(view), after: { words, description } })
    await web.config.edit({ kind: 'schedule', task, words, description }, of)
    web.data.forget()
    call.api.streams.send({ kind: 'changed', what: 'config' })
    if (view.schedule?.isEnabled === true) await followChange('changed', { plan: await web.plans.plan(), task }, web.host)
    return taskAfterChange(call.api, task)
  },
  async switchSchedule(call) {
    const { web } = call.api
    const { task } = call.query
    const { isEnabled } = call.body
    const { schedule } = await taskView(web, task)
    const before = { isEnabled: schedule?.isEnabled ?? null }
    await recordBegun(call, { action: isEnabled ? 'task-enabled' : 'task-disabled', target: task, before, after: { isEnabled } })
    await switchTask({ plan: await web.plans.plan(), task, isEnabled }, web.host)
    return taskAfterChange(call.api, task)
  },
  async removeTask(call) {
    const { web, streams } = call.api
    const { task } = call.query
    const view = await taskView(web, task)
    const of = await edited(call, { action: 'task-removed', target: task, before: scheduleOf(view) })
    await web.config.edit({ kind: 'remove', task }, of)
    web.data.forget()
    for (const what of ['config', 'schedules'] as const) streams.send({ kind: 'changed', what })
    if (view.schedule?.isEnabled === true) await followChange('removed', { plan: await web.plans.plan(), task }, web.host)
    return null
  },
  async readConfig(call) {
    await recordRead(call, { action: 'configuration-read', target: '' })
    return configOf(call)
  },
  async checkConfig({ api: { web }, body: { text } }) {
    const issues = await web.config.check(text)
    return { isUsable: issues.every(({ severity }) => severity !== 'error'), issues: issues.map(issueOf) }
  },
  async writeConfig(call) {
    const { web, streams } = call.api
    const { text } = await web.config.read()
    const { added, removed } = countChanges(text, call.body.text)
    const of = await edited(call, { action: 'configuration-written', target: '', after: { linesAdded: added, linesRemoved: removed } })
    await web.config.write(call.body.text, of)
    web.data.forget()
    web.sets.forget()
    streams.send({ kind: 'changed', what: 'config' })
    return configOf(call)
  },
  async listConfigVersions({ api: { web }, query }) {
    const versions = await web.config.versions()
    return pageOf(versions.map(versionOf), query, web.host.clock())
  },
  async readConfigVersion(call) {
    const { version = '' } = call.params
    const { web } = call.api
    await recordRead(call, { action: 'configuration-read', target: version })
    const { text, ...facts } = await web.config.version(version)
    return { ...versionOf(facts), text }
  },
}

/** Required before a change of the configuration: returns the version that it is based on, and records the change with its user. */
async function edited(call: Call<unknown, unknown>, action: Omit<AuditedAction, 'outcome'>): Promise<ConfigChangeOf> {
  const etag = /^"(?<etag>[\da-f]{32})"$/u.exec(call.headers.get('if-match') ?? '')?.groups?.['etag']
  if (etag === undefined)
    throw new ApiError('precondition', 'missing If-Match', { hint: 'Send the ETag of the /config on which the change is based.' })
  await recordBegun(call, action)
  const { who, via } = actorOf(call)
  return { etag, editor: { by: who, via: via === 'token' ? 'token' : 'session' } }
}

function versionOf({ id, at, bytes, replaced }: ConfigVersionFacts) {
  const { by = null, via = null, isEditedOutside = null } = replaced ?? {}
  return { id, at: at.toISOString(), bytes, by, via, isEditedOutside }
}

function scheduleOf({ task, schedule }: TaskView) {
  return { words: schedule?.schedule, description: task.description }
}

/** The numbers of lines, not the lines: a new text can contain secrets. */
function countChanges(before: string, after: string): { readonly added: number; readonly removed: number } {
  const counts = new Map<string, number>()
  for (const line of before.split('\n')) counts.set(line, (counts.get(line) ?? 0) - 1)
  for (const line of after.split('\n')) counts.set(line, (counts.get(line) ?? 0) + 1)
  const all = [...counts.values()]
  return { added: all.reduce((sum, it) => sum + Math.max(0, it), 0), removed: all.reduce((sum, it) => sum + Math.max(0, -it), 0) }
}

async function taskAfterChange({ web, streams }: Api, task: string) {
  web.data.forget()
  streams.send({ kind: 'changed', what: 'schedules' })
  return taskOf(await taskView(web, task), web.host.clock())
}

async function configOf({ api: { web }, reply }: Call<unknown, unknown>): Promise<Config> {
  const { etag, modified, issues, includes, ...rest } = await web.config.read()
  reply.etag = `"${etag}"`
  return { ...rest, modified: modified.toISOString(), isWritable: true, issues: issues.map(issueOf), includes: [...includes] }
}

function issueOf({
  severity,
  message,
  hint,
  file,
  line,
  column,
}: {
  severity: 'error' | 'warning'
  message: string
  hint?: string
  file?: string
  line?: number
  column?: number
}): ConfigIssue {
  return { severity, message, hint: hint ?? null, file: file ?? null, line: line ?? null, column: column ?? null }
}

function storageOf({ newest, oldest, checked, forecast, ...view }: StorageView) {
  const times = { newest: newest?.toISOString() ?? null, oldest: oldest?.toISOString() ?? null, checked: checked?.toISOString() ?? null }
  const range: [number, number | null] | null = forecast?.range ? [...forecast.range] : null
  return { host: LOCAL, ...view, ...times, forecast: forecast && { ...forecast, range }, error: null }
}
