import { basename, dirname, resolve } from 'node:path'
import { isAbsent } from '../../files/entries.ts'
import { closeFolderSync } from '../../files/folder.ts'
import { openExistingCheckedSync, openOrMakeCheckedSync } from '../../files/open-by-path.ts'
import { ownTruster } from '../../files/trust/trust.ts'
import { closeWalkedSync, foreignLinkOf, hintForLink, type PathProblem, walkPathSync } from '../../files/trust/trusted-path.ts'
import { printable } from '../../lib/format.ts'
import type { Command } from '../../plan/command.ts'
import type { SyncStep } from '../../plan/steps/host-steps.ts'
import { RunError } from '../run-error.ts'

/** A source or target on this host, open. */
export interface SyncEnd {
  readonly role: 'source' | 'target'
  readonly fd: number
  /** Absolute, as configured. */
  readonly path: string
  /** Whether users other than root can change a part of its path. */
  readonly isForeign: boolean
  /** Of a source: the same as `path`, for a program that has the folder as its descriptor 3. Not for options that copy the path (`--relative`). */
  readonly heldPath?: string
  close(): void
}

/**
 * Opens the source and the target of a step if they are on this host; a missing target is created unless the step is dry. What is missing is omitted. Throws
 * `run/unsafe` for a link of another user on the path of the source, and `files/unsafe` for one on that of the target.
 */
export function openSyncEnds(step: SyncStep): readonly SyncEnd[] {
  const source = openSource(step)
  try {
    return [source, openTarget(step)].filter((it) => it !== undefined)
  } catch (error) {
    source?.close()
    throw error
  }
}

/** `host:path`, `host::module` and `rsync://host/module` (rsync(1), SYNOPSIS): a colon before any slash. */
export function isRemote(place: string): boolean {
  return /^[^/]*:/u.test(place)
}

/** The command with a source that other users can change, held open: only what is below it can be replaced. Undefined if an option copies the path itself. */
export function withHeldSource(command: Command, step: SyncStep, { fd, heldPath }: SyncEnd): Command | undefined {
  const words = [...step.options, ...step.transferOptions]
  if (heldPath === undefined || words.some((it) => /^-[^-]*R|^--(?:relative|files-from)/u.test(it))) return undefined
  const [program, ...rest] = command.argv
  return { ...command, argv: [program, ...rest.slice(0, -2), heldPath, step.target], extras: [{ kind: 'open-file', fd }] }
}

function openSource({ source, target, workingFolder = '.' }: SyncStep): SyncEnd | undefined {
  if (isRemote(source)) return undefined
  // With a slash at the end, rsync copies the contents of the folder; otherwise its name, too, which another host gets from the folder above it.
  const isName = isRemote(target) && !source.endsWith('/')
  const path = isName ? dirname(resolve(workingFolder, source)) : resolve(workingFolder, source)
  const walked = existing(() => walkPathSync(path, ownTruster()))
  if (walked === undefined) return undefined
  const heldPath = `/proc/self/fd/3/${isName ? basename(source) : ''}`
  const end = endOf({ role: 'source', fd: walked.fd, path, heldPath, close: () => closeWalkedSync(walked) }, walked.problems)
  const link = foreignLinkOf(walked.problems)
  if (link === undefined) return end
  end.close()
  throw new RunError('unsafe', `the symbolic link "${printable(link.path)}" was not followed: other users can replace it`, {
    hint: hintForLink(),
  })
}

function openTarget({ target, workingFolder = '.', dry = false }: SyncStep): SyncEnd | undefined {
  if (isRemote(target)) return undefined
  const path = resolve(workingFolder, target)
  const opened = dry ? openExistingCheckedSync(path) : openOrMakeCheckedSync(path, 0o755)
  if (opened === undefined) return undefined
  const { folder, problems } = opened
  return endOf({ role: 'target', fd: folder.fd, path, close: () => closeFolderSync(folder) }, problems)
}

function endOf(end: Omit<SyncEnd, 'isForeign'>, problems: readonly PathProblem[]): SyncEnd {
  return { ...end, isForeign: problems.length > 0 }
}

function existing<T>(open: () => T): T | undefined {
  try {
    return open()
  } catch (error) {
    // rsync reports it.
    if (isAbsent(error)) return undefined
    throw error
  }
}
