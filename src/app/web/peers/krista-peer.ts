import { z } from 'zod'

// The used part of the ancestor's response. Other keys are ignored.
const info = z.object({ name: z.string(), msg: z.string(), errors: z.union([z.string(), z.array(z.string())]) })
const logEntry = z.object({ name: z.string(), error: z.boolean(), warning: z.boolean(), msg: z.string(), unread: z.boolean().default(false) })
const task = z.object({ descr: z.string().optional(), cron: z.union([z.string(), z.array(z.string())]).optional(), active: z.boolean().nullish() })
const config = z.object({
  full_name: z.string(),
  schedules: z.record(z.string(), task.catch({})),
  // Null for a folder that could not be parsed.
  logs: z.record(z.string(), z.array(logEntry).nullable().catch(null)),
})

/** The facts of a host that are available through the API of KristaBackup. */
export interface KristaFacts {
  readonly name: string
  readonly state: 'ok' | 'warning' | 'failed' | 'unknown'
  readonly reason: string | null
  readonly tasks: readonly {
    readonly name: string
    readonly description: string | null
    readonly cron: readonly string[]
    readonly isActive: boolean | null
  }[]
  /** The time of the newest run without an error, from the name of its log. */
  readonly lastGood: Date | null
  readonly failuresSince: number
}

// The logs in these folders are not logs of runs.
const OTHER_FOLDERS: ReadonlySet<string> = new Set(['krista_backup', 'web_api'])

type Entry = z.output<typeof logEntry>

/** Parses the responses of `/api/si` and `/api/cf`; undefined if the first is invalid. A state is "ok" only if everything was parsed. */
export function readKristaAnswers(si: unknown, cf: unknown): KristaFacts | undefined {
  const [status, whole] = [info.safeParse(si), config.safeParse(cf)]
  if (!status.success) return undefined
  const folders = whole.success ? Object.entries(whole.data.logs).filter(([folder]) => !OTHER_FOLDERS.has(folder)) : []
  const runs = folders
    .flatMap(([, entries]) => entries ?? [])
    .flatMap((entry) => {
      const at = timeOf(entry.name)
      return at === undefined ? [] : [{ ...entry, at }]
    })
  const newestFirst = runs.toSorted((a, b) => b.at.getTime() - a.at.getTime())
  const good = newestFirst.findIndex(({ error, unread }) => !error && !unread)
  const unclear = whole.success ? folders.find(([, entries]) => entries === null)?.[0] : '/api/cf'
  return {
    name: status.data.name,
    ...decideState({ ...status.data, last: newestFirst[0], unclear }),
    tasks: whole.success
      ? Object.entries(whole.data.schedules).map(([task, { descr, cron, active }]) => ({
          name: task,
          description: descr ?? null,
          cron: [cron ?? []].flat(),
          isActive: active ?? null,
        }))
      : [],
    lastGood: newestFirst[good]?.at ?? null,
    failuresSince: newestFirst.slice(0, good === -1 ? undefined : good).filter(({ error }) => error).length,
  }
}

interface StateFacts extends Pick<z.output<typeof info>, 'msg' | 'errors'> {
  readonly last: Entry | undefined
  /** A part of the responses that could not be parsed. */
  readonly unclear: string | undefined
}

// Part of the list of hosts, for each of them.
const MAX_REASON = 1000

function decideState(answers: StateFacts): Pick<KristaFacts, 'state' | 'reason'> {
  const { state, reason } = decideWhole(answers)
  return { state, reason: reason === null || reason.length <= MAX_REASON ? reason : `${reason.slice(0, MAX_REASON)}…` }
}

function decideWhole({ msg, errors, last, unclear }: StateFacts): Pick<KristaFacts, 'state' | 'reason'> {
  const errorText = typeof errors === 'string' ? errors : errors.join('').trim()
  if (msg === 'триггер-файл') return { state: 'failed', reason: last?.msg.trim() || errorText || 'ERROR in the trigger file' }
  if (last?.error) return { state: 'failed', reason: last.msg.trim() }
  if (msg !== 'ок') return { state: 'unknown', reason: [msg, errorText].filter(Boolean).join(': ') }
  if (unclear !== undefined) return { state: 'unknown', reason: `unexpected answer: ${unclear}` }
  if (last === undefined) return { state: 'unknown', reason: 'no log of a run found' }
  if (last.unread) return { state: 'unknown', reason: last.msg.trim() }
  if (last.warning) return { state: 'warning', reason: last.msg.trim() }
  return { state: 'ok', reason: null }
}

/**
 * The time in the name of a log: the last part before the first dot that is a time. In the time zone of this host, because the name specifies none.
 */
function timeOf(name: string): Date | undefined {
  const part = name
    .split('.')[0]
    ?.split('-')
    .findLast((it) => /^\d{8}_\d{6}$/u.test(it))
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)$/u.exec(part ?? '') ?? []
  return year === undefined ? undefined : new Date(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
}
