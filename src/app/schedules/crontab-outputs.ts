import { dirname, join, resolve } from 'node:path'
import { isAbsent } from '../../files/entries.ts'
import { describeDistrust, ownTruster } from '../../files/trust/trust.ts'
import { closeWalked, type PathProblem, walkPath } from '../../files/trust/trusted-path.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Plan } from '../../plan/plan.ts'
import { writeGeneralLog } from '../../report/run-log/general-log.ts'
import { languageOf, textsIn } from '../../report/run-log/log-language.ts'
import type { LogLevel } from '../../report/run-log/log-record.ts'
import type { CrontabEntry } from '../../schedule/render-crontab-line.ts'
import type { Host } from '../host/host.ts'

export interface CrontabOutputs {
  readonly files: Pick<CrontabEntry, 'outputFile' | 'triggerFile'>
  /** The omitted output, and the reason. */
  readonly notes: readonly string[]
}

/**
 * The files that the shell writes in a crontab line in KristaBackup's form, following every link. In the crontab of root, a file is omitted if
 * another user could have redirected it; the run still writes its logs and the trigger file, without following such links.
 */
export async function crontabOutputs(plan: Plan, isOfRoot: boolean): Promise<CrontabOutputs> {
  const { runLogs: logs, dialect, file } = plan
  if (dialect !== 'krista' || logs === undefined) return { files: {}, notes: [] }
  const outputFile = join(resolve(dirname(file), logs.folder), 'crontab_errorlog.log')
  const triggerFile = logs.triggerFile === undefined ? undefined : resolve(dirname(file), logs.triggerFile)
  const why = async (path: string | undefined) => (path === undefined || !isOfRoot ? undefined : whyUnsafe(path))
  const [output, trigger] = [await why(outputFile), await why(triggerFile)]
  const note = (path: string, reason: string) =>
    `the crontab line does not write to "${path}", because the shell would follow symbolic links there: ${reason}. Use a folder that only root can write`
  const notes = [...(output === undefined ? [] : [note(outputFile, output)]), ...(trigger === undefined ? [] : [note(triggerFile ?? '', trigger)])]
  if (output !== undefined) return { files: {}, notes }
  return { files: { outputFile, ...(triggerFile !== undefined && trigger === undefined && { triggerFile }) }, notes }
}

async function whyUnsafe(path: string): Promise<string | undefined> {
  const ofLink = (await problemsOf(path)) ?? { realPath: path, problems: [] }
  const onTheWay = ofLink.problems.filter((it) => it.path !== ofLink.realPath)
  const [problem] = [...onTheWay, ...(await ofFolder(dirname(path)))]
  return problem && describeDistrust(problem.path, problem.distrust, problem.facts)
}

/** Checks the nearest existing folder, in which missing ones would be created. */
async function ofFolder(path: string): Promise<readonly PathProblem[]> {
  const found = await problemsOf(path)
  if (found !== undefined || path === '/') return found?.problems ?? []
  return ofFolder(dirname(path))
}

async function problemsOf(path: string): Promise<{ readonly realPath: string; readonly problems: readonly PathProblem[] } | undefined> {
  try {
    const walked = await walkPath(path, ownTruster())
    await closeWalked(walked)
    return walked
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

/** The change of the crontab, and its result. */
interface Changed<T> {
  readonly value: T
  readonly enabled: readonly string[]
  readonly disabled: readonly string[]
}

interface Change {
  readonly plan: Plan
  readonly command: string
  /** Nothing is changed or logged. */
  readonly isDry: boolean
}

/** Writes the change, or the reason of its failure, to the general log of the plan, if it has one. */
export async function logChange<T>({ plan, command, isDry }: Change, host: Host, work: () => Promise<Changed<T>>): Promise<T> {
  const { runLogs, file } = plan
  const texts = textsIn(runLogs?.language ?? languageOf(host.env))
  const log = (level: LogLevel, text: string) => {
    if (runLogs === undefined || isDry) return
    const trouble = writeGeneralLog(runLogs, { home: dirname(file), level, text, at: host.clock(), makesFolder: false })
    if (trouble !== undefined) host.note(`could not write the general log: ${trouble}`)
  }
  try {
    const { value, enabled, disabled } = await work()
    for (const task of enabled) log('INFO', texts.enabled(task))
    for (const task of disabled) log('INFO', texts.disabled(task))
    return value
  } catch (error) {
    log('ERROR', texts.cannotDo(command, messageOf(error)))
    throw error
  }
}
