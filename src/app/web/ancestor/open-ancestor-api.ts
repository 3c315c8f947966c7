import { stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import type { Json, KristaRecords } from '../../../config/ancestors.ts'
import { readRecords } from '../../../config/krista-files.ts'
import { readSmall } from '../../../files/read-small.ts'
import { systemCode } from '../../../lib/errors.ts'
import type { Plan } from '../../../plan/plan.ts'
import { describeStep } from '../../../plan/steps/describe-step.ts'
import type { LocalData } from '../local-data.ts'
import { openLog } from '../logs/log-files.ts'
import type { PlanCache } from '../plan-cache.ts'
import { openLogIndex } from './log-index.ts'
import { pythonJson } from './python-json.ts'

/** The API of KristaBackup, in the exact format that its web pages and other clients read. Passwords are masked. */
export interface AncestorApi {
  /** `/api/si` */
  info(): Promise<string>
  /** `/api/cf` */
  config(): Promise<string>
  /** `/api/rl/<folder>/<name>` */
  log(folder: string, name: string): Promise<string>
}

const MAX_LOG_BYTES = 32 * 1024 * 1024

export function openAncestorApi(plans: PlanCache, data: LocalData): AncestorApi {
  const index = openLogIndex()
  return {
    async info() {
      const plan = await plans.plan().catch(() => undefined)
      const records = plan && (await recordsOf(plan))
      return pythonJson({
        name: nameOf(records),
        flask: true,
        ...(await stateOf(plan?.runLogs?.triggerFile && fromConfig(plan, plan.runLogs.triggerFile))),
      })
    },
    async config() {
      const plan = await plans.plan()
      const records = await recordsOf(plan)
      const { tasks } = await data.overview()
      const active = new Map(tasks.map(({ task, schedule }) => [task.name, schedule?.isEnabled ?? (schedule === null ? false : null)] as const))
      const schedules = [...(records?.schedules ?? taskRecords(plan))]
        .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
        .map(([name, record]) => [name, new Map([...record, ['active', active.get(name) ?? null] as const])] as const)
      const logs = plan.runLogs ? await index.read(fromConfig(plan, plan.runLogs.folder)) : new Map()
      return pythonJson({ full_name: nameOf(records), schedules: new Map(schedules), actions: records?.actions ?? {}, logs })
    },
    async log(folder, name) {
      const plan = await plans.plan()
      const handle = await openLog(plan, { folder, name })
      if (handle === undefined) return pythonJson({ lines: [] })
      try {
        const { size } = await handle.stat()
        const buffer = Buffer.alloc(Math.min(size, MAX_LOG_BYTES))
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
        const lines = buffer.toString('utf8', 0, bytesRead).match(/[^\n]*\n|[^\n]+$/gu) ?? []
        return pythonJson({ filename: `${plan.runLogs?.folder ?? ''}/${folder}/${name}`, lines })
      } finally {
        await handle.close()
      }
    },
  }
}

function nameOf(records: KristaRecords | undefined): string {
  return records?.serverName ?? hostname()
}

/** Reads the current file, because the compiled plan does not contain the records. */
async function recordsOf(plan: Plan): Promise<KristaRecords | undefined> {
  if (plan.dialect !== 'krista') return undefined
  return readRecords(plan.file, await readSmall(plan.file))
}

/** Tasks of other configuration formats, as records of the ancestor. */
function taskRecords({ tasks }: Plan): ReadonlyMap<string, ReadonlyMap<string, Json>> {
  return new Map(
    [...tasks.values()].map(({ name, description = '', schedule, steps }) => {
      const words = schedule?.words ?? []
      const record: readonly (readonly [string, Json])[] = [
        ['descr', description],
        ['cron', words.length === 1 ? (words[0] ?? '') : [...words]],
        ['actions', steps.map((step) => step.name ?? describeStep(step))],
      ]
      return [name, new Map(record)] as const
    }),
  )
}

function fromConfig({ file }: Plan, path: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path)
}

/** The state according to the trigger file. As in the ancestor, only a line that is exactly ERROR counts. */
async function stateOf(file: string | undefined): Promise<{ readonly msg: string; readonly errors: string | readonly string[] }> {
  const failed = 'ошибка обработки запроса'
  if (file === undefined || file === '')
    return { msg: failed, errors: "TypeError('stat: path should be string, bytes, os.PathLike or integer, not NoneType')" }
  try {
    if ((await stat(file)).isDirectory()) return { msg: failed, errors: "IsADirectoryError(21, 'Is a directory')" }
    const lines: readonly string[] = (await readSmall(file)).toString('utf8').match(/[^\n]*\n|[^\n]+$/gu) ?? []
    return lines.includes('ERROR') ? { msg: 'триггер-файл', errors: lines } : { msg: 'ок', errors: '' }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { msg: 'нет триггер-файла', errors: '' }
    return { msg: failed, errors: `OSError('${systemCode(error) ?? 'unknown'}')` }
  }
}
