import { resolve } from 'node:path'
import { closeFolderSync } from '../../files/folder.ts'
import { openOrMakeFolderSync } from '../../files/open-by-path.ts'
import type { Command } from '../../plan/command.ts'
import type { SyncStep } from '../../plan/steps/host-steps.ts'
import type { StepContext } from '../run-context.ts'
import { runHostProgram } from './host-program.ts'

// "Partial transfer due to vanished source files" (rsync(1), EXIT VALUES): normal for files that change during the copy.
const VANISHED = 24

/**
 * Copies a folder with rsync; a target on this host is created if missing. Files that vanished in the meantime are noted, every other failure of
 * rsync fails the step. Dry: rsync prints what it would do.
 */
export async function runSync(step: SyncStep, context: StepContext): Promise<undefined> {
  const { name = 'sync', dry = false, target, workingFolder = '.' } = step
  if (!dry && !isRemote(target)) closeFolderSync(openOrMakeFolderSync(resolve(workingFolder, target), 0o755))
  const emit = (text: string) => context.emit({ kind: 'step-told', step: name, text, isDetail: !dry })
  const pardon = ({ exitCode, stderrTail }: { readonly exitCode?: number; readonly stderrTail: string }) =>
    exitCode === VANISHED ? `some files vanished during the copy: ${namesOf(stderrTail)}` : undefined
  const why = await runHostProgram(syncCommand(step), { onLine: emit, pardon }, context)
  if (why !== undefined) context.note(why)
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

/** `host:path`, `host::module` and `rsync://host/module` (rsync(1), SYNOPSIS): a colon before any slash. */
export function isRemote(place: string): boolean {
  return /^[^/]*:/u.test(place)
}

function namesOf(stderr: string): string {
  const names = [...stderr.matchAll(/^file has vanished: "(?<path>.*)"/gmu)].map(([, path]) => `"${path}"`)
  return names.length === 0 ? 'rsync did not report their names' : names.join(', ')
}
