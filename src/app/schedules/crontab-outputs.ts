import { dirname, join, resolve } from 'node:path'
import { isAbsent } from '../../files/entries.ts'
import { describeDistrust, ownTruster } from '../../files/trust/trust.ts'
import { closeWalked, type PathProblem, walkPath } from '../../files/trust/trusted-path.ts'
import type { Plan } from '../../plan/plan.ts'
import type { CrontabEntry } from '../../schedule/crontab-line.ts'

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
