import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Journal } from '../../journal/journal.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Redactor } from '../../lib/redactor/redactor.ts'
import type { NotifyRule } from '../../plan/notify.ts'
import type { Plan, Task } from '../../plan/plan.ts'
import { stderrTailOf } from '../../process/process-result.ts'
import { openNoticeFile } from '../../report/runs/notice-file.ts'
import { type Beginning, type NoticeHistory, notifyBeginning, notifyEnd } from '../../report/runs/notify-run.ts'
import { loadSenders } from '../../report/send/deliver.ts'
import { hintOf } from '../../run/describe/render-failure.ts'
import type { RunEvent } from '../../run/events.ts'
import { watchProgress } from '../../run/fold-events.ts'
import type { RunResult } from '../../run/run-result.ts'
import type { Host } from '../host/host.ts'
import { openSending } from '../host/open-sending.ts'
import { stateFolder } from '../host/state-folder.ts'

/** Sends the notifications of one run. Failures to do so do not change the result of the run. */
export interface RunNotices {
  /** Never throws, never waits. */
  watch(event: RunEvent): void
  /** Notifies recipients of the end of the run. Never rejects. */
  ended(result: RunResult): Promise<Notified>
}

export interface Notified {
  /** Adds a note for each notification that failed. */
  readonly result: RunResult
  /** Notes about successful notifications, without duplicates. */
  readonly remarks: readonly string[]
}

export interface NoticesOf {
  readonly plan: Plan
  readonly task: Task
  readonly rules: readonly NotifyRule[]
  readonly journal: Journal
  /** Knows the secrets of the run. */
  readonly redactor: Redactor
}

// Limit while a signal or a shutdown of the host waits for this process.
const STOPPED_LIMIT_MS = 15_000

/** Loads all modules needed for notifications. A module that cannot be loaded is a note of the run. */
export async function openRunNotices(of: NoticesOf, host: Host): Promise<RunNotices> {
  const { plan, task, rules, redactor } = of
  // The journal is queried after the run, with a module that is loaded on demand.
  const unloaded = await Promise.all([loadSenders(rules.map(({ to }) => to)), import('../../journal/queries.ts')]).then(
    () => [],
    (error: unknown) => [`could not load the notifiers: ${messageOf(error)}`],
  )
  const watcher = watchProgress()
  const { stop } = host.signals
  const remarks = new Set<string>()
  const onExposed = (what: string) => remarks.add(what)
  const shownRemarks = () => [...remarks].map(redactor.hide)
  let beginning: Beginning | undefined
  return {
    watch(event) {
      watcher.watch(event, host.clock().getTime())
      if (event.kind !== 'run-began') return
      beginning = notifyBeginning(
        rules,
        { task: task.name, runId: event.runId, began: host.clock() },
        { ...openSending(host, stop, event.runId), onExposed },
      )
    },
    async ended(result) {
      await beginning?.stop()
      const { error } = result
      const cause = { hint: error && hintOf(error), stderr: error && stderrTailOf(error) }
      const story = { host: hostname(), config: plan.file, result, progress: watcher.progress, cause, redactor }
      const sending = { ...openSending(host, abortedLater(stop), result.runId), onExposed }
      const troubles = [...unloaded, ...(await notifyEnd(rules, story, { ...sending, history: historyOf(of, result.runId, host) }))]
      if (troubles.length === 0) return { result, remarks: shownRemarks() }
      const status = result.status === 'ok' ? 'warnings' : result.status
      return { result: { ...result, notes: [...result.notes, ...troubles.map(redactor.hide)], status }, remarks: shownRemarks() }
    },
  }
}

/** Aborted some time after this signal, also if that is aborted only later: a message that is being sent may still arrive. */
function abortedLater(stop: AbortSignal): AbortSignal {
  const later = new AbortController()
  const begin = () => setTimeout(() => later.abort(stop.reason), STOPPED_LIMIT_MS).unref()
  if (stop.aborted) begin()
  else stop.addEventListener('abort', begin, { once: true })
  return later.signal
}

const LOOKED_AT = 20

function historyOf({ plan, task, journal }: NoticesOf, runId: string, { env, uid }: Host): NoticeHistory {
  const name = createHash('sha256').update(`${plan.file}\0${task.name}`).digest('hex').slice(0, 32)
  const file = openNoticeFile(join(stateFolder(env, uid), 'told', `${name}.json`))
  return {
    lastNotice: (notifier) => file.read(notifier),
    async remember(notifier, notice) {
      try {
        await file.write(notifier, notice)
        return undefined
      } catch (error) {
        return messageOf(error)
      }
    },
    async failedBefore() {
      const runs = await journal.runs({ task: task.name, limit: LOOKED_AT, asRecorded: true }).catch(() => [])
      const before = runs.find(({ id, config, state }) => id !== runId && config === plan.file && state !== 'running')
      return before !== undefined && before.state !== 'ok' && before.state !== 'warnings'
    },
  }
}
