import { z } from 'zod'

// What the ancestor answers, as far as it is used. Everything else of it is ignored.
const info = z.object({ name: z.string(), msg: z.string(), errors: z.union([z.string(), z.array(z.string())]) })
const logEntry = z.object({ name: z.string(), error: z.boolean(), warning: z.boolean(), msg: z.string() })
const task = z.object({ descr: z.string().optional(), cron: z.union([z.string(), z.array(z.string())]).optional(), active: z.boolean().nullish() })
const config = z.object({
  full_name: z.string(),
  schedules: z.record(z.string(), task.catch({})),
  logs: z.record(z.string(), z.array(logEntry).catch([])),
})

/** What is known of a host by the API of KristaBackup. */
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
  /** When the newest run without an error was, by the name of its log. */
  readonly lastGood: Date | null
  readonly failuresSince: number
}

/** Reads the answers of `/api/si` and `/api/cf`; undefined for what is none. */
export function readKristaAnswers(si: unknown, cf: unknown): KristaFacts | undefined {
  const [told, whole] = [info.safeParse(si), config.safeParse(cf)]
  if (!told.success) return undefined
  const { name, msg, errors } = told.data
  const logs = whole.success
    ? Object.entries(whole.data.logs).flatMap(([folder, entries]) => (folder === 'krista_backup' || folder === 'web_api' ? [] : entries))
    : []
  const runs = logs.flatMap((entry) => {
    const at = timeOf(entry.name)
    return at === undefined ? [] : [{ ...entry, at }]
  })
  const newestFirst = runs.toSorted((a, b) => b.at.getTime() - a.at.getTime())
  const good = newestFirst.findIndex(({ error }) => !error)
  const [last] = newestFirst
  return {
    name,
    ...judge({ msg, errors, last }),
    tasks: whole.success
      ? Object.entries(whole.data.schedules).map(([task, { descr, cron, active }]) => ({
          name: task,
          description: descr ?? null,
          cron: [cron ?? []].flat(),
          isActive: active ?? null,
        }))
      : [],
    lastGood: newestFirst[good]?.at ?? null,
    failuresSince: good === -1 ? newestFirst.length : good,
  }
}

interface Told {
  readonly msg: string
  readonly errors: string | readonly string[]
  readonly last: { readonly error: boolean; readonly warning: boolean; readonly msg: string } | undefined
}

function judge({ msg, errors, last }: Told): Pick<KristaFacts, 'state' | 'reason'> {
  const said = typeof errors === 'string' ? errors : errors.join('').trim()
  if (msg === 'триггер-файл') return { state: 'failed', reason: last?.msg.trim() || said || 'ERROR in the trigger file' }
  if (last?.error) return { state: 'failed', reason: last.msg.trim() }
  if (msg !== 'ок') return { state: 'unknown', reason: [msg, said].filter(Boolean).join(': ') }
  if (last?.warning) return { state: 'warning', reason: last.msg.trim() }
  return { state: 'ok', reason: null }
}

/** The time in the name of a log: the last part before the first dot that is one. In this host's zone: the name does not say another. */
function timeOf(name: string): Date | undefined {
  const part = name
    .split('.')[0]
    ?.split('-')
    .findLast((it) => /^\d{8}_\d{6}$/u.test(it))
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)$/u.exec(part ?? '') ?? []
  return year === undefined ? undefined : new Date(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
}
