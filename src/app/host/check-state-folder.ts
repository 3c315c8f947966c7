import { dirname } from 'node:path'
import { isAbsent } from '../../files/entries.ts'
import { makeFolders } from '../../files/make-folders.ts'
import { correctingCommand, describeDistrust, type Truster } from '../../files/trust/trust.ts'
import { closeWalked, type PathProblem, walkPath } from '../../files/trust/trusted-path.ts'
import { AppError } from '../../lib/errors.ts'
import type { Host } from './host.ts'
import { stateFolder } from './state-folder.ts'
import { ALLOW_UNSAFE, configTruster } from './trusted-reader.ts'

class UnsafeState extends AppError {
  readonly code = 'cli/unsafe-state'
}

/**
 * Throws if another user (except root) could have written to the state folder or could replace it, because the records and locks in it are trusted. A
 * missing folder is created here if another user could create it first, otherwise by the first part that needs it.
 */
export async function checkStateFolder({ env, uid, allowsUnsafe = false }: Pick<Host, 'env' | 'uid' | 'allowsUnsafe'>): Promise<void> {
  if (allowsUnsafe) return
  const folder = stateFolder(env, uid)
  const who = configTruster()
  let problems = await problemsOf(folder, who)
  if (problems === undefined && (await canOthersMake(folder, who))) {
    // An error while creating it is reported when the folder is needed.
    await makeFolders(folder, 0o700).catch(() => undefined)
    problems = await problemsOf(folder, who)
  }
  const why = unsafeState(folder, problems)
  if (why !== undefined) throw why
}

/** The same as an error, without creating the folder. */
export async function whyUnsafeState({ env, uid }: Pick<Host, 'env' | 'uid'>): Promise<AppError | undefined> {
  const folder = stateFolder(env, uid)
  return unsafeState(folder, await problemsOf(folder, configTruster()))
}

function unsafeState(folder: string, problems: readonly PathProblem[] | undefined): AppError | undefined {
  const [first] = problems ?? []
  if (first === undefined) return undefined
  const who = configTruster()
  const commands = (problems ?? []).map((it) => correctingCommand(it, who))
  // A folder for files of all users, such as /tmp, must not be changed; a new tmpfs is one, too.
  const correct = commands.includes('')
    ? 'Set HOLDFAST_STATE to a folder of its own, or mount its file system with "mode=0700"'
    : `Check its contents, then run "${commands.join(' && ')}"`
  return new UnsafeState(`the state folder "${folder}" has unsafe permissions: ${describeDistrust(first.path, first.distrust, first.facts)}`, {
    hint: `${correct}; or use ${ALLOW_UNSAFE}.`,
  })
}

/** Undefined: missing, or not accessible. */
async function problemsOf(path: string, who: Truster): Promise<readonly PathProblem[] | undefined> {
  try {
    const walked = await walkPath(path, who)
    await closeWalked(walked)
    return walked.problems
  } catch {
    return undefined
  }
}

async function canOthersMake(path: string, who: Truster): Promise<boolean> {
  const above = dirname(path)
  if (above === path) return false
  try {
    const walked = await walkPath(above, who)
    await closeWalked(walked)
    return walked.problems.length > 0
  } catch (error) {
    return isAbsent(error) && canOthersMake(above, who)
  }
}
