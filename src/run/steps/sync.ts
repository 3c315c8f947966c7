import { resolve } from 'node:path'
import { makeFolders } from '../../files/make-folders.ts'
import { printable } from '../../lib/format.ts'
import type { Command } from '../../plan/command.ts'
import type { SyncStep } from '../../plan/steps/host-steps.ts'
import type { StepContext } from '../run-context.ts'
import { RunError } from '../run-error.ts'
import { confinedSync, whyNotConfined } from './confine-sync.ts'
import { guardingMounts } from './guard-mounts.ts'
import { runHostProgram } from './host-program.ts'
import { isRemote, openSyncEnds, type SyncEnd, withHeldSource } from './sync-ends.ts'

// "Partial transfer due to vanished source files" (rsync(1), EXIT VALUES): normal for files that change during the copy.
const VANISHED = 24

/**
 * Copies a folder with rsync; a target on this host is created if missing. Files that vanished in the meantime are noted, every other failure of
 * rsync fails the step. Dry: rsync prints what it would do. rsync sees nothing of this host but its source and its target, if that is possible. If it
 * is not, and users who are not trusted can change the path of the target, the step fails; if they can change that of the source, rsync gets the open
 * folder, with a note.
 */
export async function runSync(step: SyncStep, context: StepContext): Promise<undefined> {
  return guardingMounts(step, context, () => sync(step, context))
}

async function sync(step: SyncStep, context: StepContext): Promise<undefined> {
  if (context.deps.trustsFolders === true) {
    if (step.dry !== true && !isRemote(step.target)) await makeFolders(resolve(step.workingFolder ?? '.', step.target), 0o755)
    return copy(step, syncCommand(step), context)
  }
  const ends = openSyncEnds(step)
  try {
    return await copy(step, await safeCommand(step, ends, context.note), context)
  } finally {
    for (const end of ends) end.close()
  }
}

async function copy({ name = 'sync', dry = false }: SyncStep, command: Command, context: StepContext): Promise<undefined> {
  const emit = (text: string) => context.emit({ kind: 'step-told', step: name, text, isDetail: !dry })
  const whyAccepted = ({ exitCode, stderrTail }: { readonly exitCode?: number; readonly stderrTail: string }) =>
    exitCode === VANISHED ? `some files vanished during the copy: ${namesOf(stderrTail)}` : undefined
  const why = await runHostProgram(command, { onLine: emit, whyAccepted }, context)
  if (why !== undefined) context.note(why)
}

async function safeCommand(step: SyncStep, ends: readonly SyncEnd[], note: (text: string) => void): Promise<Command> {
  const command = syncCommand(step)
  if (process.geteuid?.() !== 0) return command
  const why = await whyNotConfined(step, ends)
  if (why === undefined) return confinedSync(command, step, ends)
  const foreign = ends.filter(({ isForeign }) => isForeign)
  const [first, ...others] = foreign
  if (first === undefined) return command
  const held = first.role === 'source' && others.length === 0 ? withHeldSource(command, step, first) : undefined
  if (held === undefined)
    throw new RunError('unsafe', `other users can change "${printable(first.path)}", and rsync cannot be confined to it: ${why}`, {
      hint: 'Use a folder that only root can change, including all folders above it; or trust all users who can change it: --trust-root.',
    })
  note(
    `other users can change "${printable(first.path)}", and with it which files of this host are copied (to accept it: --trust-root): rsync was not confined, because ${why}`,
  )
  return held
}

/** The rsync command of a step. Every word is one argument: nothing is split or expanded, and no shell is used. */
function syncCommand(step: SyncStep): Command {
  const { options, transferOptions, bandwidth, skipCompress, exclude, source, target, environment, searchPath, workingFolder, dry } = step
  return {
    argv: [
      'rsync',
      ...options,
      ...transferOptions,
      // An empty list would not be useful.
      ...(dry === true ? ['--dry-run', '--itemize-changes'] : []),
      ...(bandwidth === undefined ? [] : [`--bwlimit=${bandwidth}`]),
      ...(skipCompress.length === 0 ? [] : [`--skip-compress=${skipCompress.join('/')}`]),
      ...exclude.map((it) => `--exclude=${it}`),
      '--',
      source,
      target,
    ],
    environment,
    searchPath,
    accept: { min: 0, max: 0 },
    showStdout: 'never',
    showStderr: 'verbose',
    ...(workingFolder !== undefined && { workingFolder }),
  }
}

function namesOf(stderr: string): string {
  const names = [...stderr.matchAll(/^file has vanished: "(?<path>.*)"/gmu)].map(([, path]) => `"${path}"`)
  return names.length === 0 ? 'rsync did not report their names' : names.join(', ')
}
