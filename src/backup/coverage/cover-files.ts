import { lstat } from 'node:fs/promises'
import { isEmpty } from '../../files/entries.ts'
import { openFolder, withFolder } from '../../files/folder.ts'
import { compilePatterns } from '../../plan/patterns/compile-patterns.ts'
import type { FilesSource, ObjectSpec } from '../../plan/plan.ts'
import { isBelow, type MountEntry, mayHang, mountOf, readMountinfo } from '../../storage/root/mountinfo.ts'
import { quoted } from '../../storage/system-errors.ts'
import type { CoveredPath, LeftOut } from '../set/coverage.ts'
import { BackupError } from '../set/errors.ts'
import type { CoverDeps, Covered } from './covered.ts'
import { followPath, type MayEnter } from './follow-path.ts'
import { leftOutMounts } from './left-out-mounts.ts'
import { hasAnswered, requireAnswers } from './require-answers.ts'
import { requireThere, type SourcePath, sourcePathOf } from './source-path.ts'
import { visiblePaths } from './visible-paths.ts'

/**
 * A source of files as it is on this host now: follows links that are given as paths, leaves out the folders that Holdfast fills itself, and determines
 * which file systems are left out. Rejects with `backup/not-mounted` if a required mount is missing, with `backup/no-source` if a path does not exist, and with
 * `backup/inside-storage` if a path is in a folder in which the step stores its sets; with `storage/unreachable` if a file system of a path gives no answer.
 * File systems that cannot be part of the object are not used.
 */
export async function coverFiles(object: ObjectSpec, source: FilesSource, deps: CoverDeps): Promise<Covered> {
  const mountinfo = readMountinfo()
  await requireAnswers([...source.paths, ...(source.requireMount ?? [])], { ...deps, mountinfo })
  await requireMounts(source, mountinfo)
  const sources = await existingPaths(source)
  const exclusions = await ownExclusions(source, { sources, mountinfo }, deps)
  const targets = addedTargets(sources)
  const below = await savedMounts(source, { sources, mountinfo, own: exclusions })
  const mounts = source.oneFileSystem === false ? [] : below
  const entered = source.oneFileSystem === false ? below.filter(isLasting).map(({ mountPoint }) => mountPoint) : []
  const unsaved = unsavedPaths(source, sources)
  const leftOut: readonly LeftOut[] = [
    ...unsaved,
    ...mounts.map(({ mountPoint }) => ({ what: mountPoint, reason: 'mount' as const })),
    ...exclusions.map((what) => ({ what, reason: 'own' as const })),
  ]
  const paths = await Promise.all(sources.map((it) => coveredPath(it, mountinfo)))
  return {
    object: withMembers(object, { exclusions, targets }),
    coverage: { paths, ...(entered.length > 0 && { entered }), ...(leftOut.length > 0 && { leftOut }) },
    notes: [...unsaved.map(unsavedNote), ...mounts.map(missedNote)],
    details: [
      ...sources.flatMap(({ path, targets: [target] }) =>
        target === undefined ? [] : [`${quoted(path)} is a symbolic link; ${quoted(target)} is also saved`],
      ),
      ...exclusions.map((path) => `${quoted(path)} is left out: Holdfast stores its own data there`),
    ],
  }
}

async function requireMounts({ requireMount = [] }: FilesSource, mountinfo: string): Promise<void> {
  for (const path of requireMount) {
    const source = await sourcePathOf(path)
    if (source !== undefined && !('missing' in source) && mountOf(source.real, mountinfo)?.mountPoint === source.real) continue
    throw new BackupError('not-mounted', `nothing is mounted at ${quoted(path)}`, {
      hint: 'Mount it. According to "require-mount", the files must not be saved without it.',
    })
  }
}

async function existingPaths({ paths }: FilesSource): Promise<readonly SourcePath[]> {
  const found = (await Promise.all(paths.map(sourcePathOf))).filter((it) => it !== undefined)
  return found.map(requireThere)
}

/** The folders of Holdfast below the paths, as they are named in the archive, with a leading slash. */
async function ownExclusions(source: FilesSource, { sources, mountinfo }: Omit<Seen, 'own'>, deps: CoverDeps): Promise<readonly string[]> {
  const { targets, others } = deps.own
  const isSaved = savedBy(source, sources, mountinfo)
  const found = new Set<string>()
  for (const folder of new Set([...targets, ...others])) {
    const visible = await visibleOf(folder, mountinfo, async (mount) => !mayHang(mount) || (isSaved(mount) && (await hasAnswered(mount, deps))))
    const inside = sources.find(({ real }) => visible.some((path) => isBelow(real, path)))
    if (inside !== undefined && targets.includes(folder)) throw insideStorage(inside.path, folder)
    for (const source of sources)
      for (const path of visible) if (path !== source.real && isBelow(path, source.real)) found.add(archivedAs(path, source))
  }
  return [...found]
}

async function visibleOf(folder: string, mountinfo: string, mayEnter: MayEnter): Promise<readonly string[]> {
  const { path, withheld } = await followPath(folder, mountinfo, mayEnter)
  return withheld === undefined ? await visiblePaths(path, mountinfo) : [path]
}

/** Whether a part of a mount can be part of the object. */
function savedBy({ oneFileSystem }: FilesSource, sources: readonly SourcePath[], mountinfo: string): (mount: MountEntry) => boolean {
  const devices = new Set(sources.map(({ real }) => mountOf(real, mountinfo)?.device))
  return ({ device, mountPoint }) => devices.has(device) || (oneFileSystem === false && sources.some(({ real }) => isBelow(mountPoint, real)))
}

/** The name in the archive, with a leading slash, of a real path below a source. */
function archivedAs(path: string, { path: configured, real, targets }: SourcePath): string {
  return `${(targets.at(-1) ?? configured).replace(/\/$/u, '')}${path.slice(real === '/' ? 0 : real.length)}`
}

function insideStorage(path: string, folder: string): BackupError {
  return new BackupError('inside-storage', `the path ${quoted(path)} is inside of ${quoted(folder)}, where the step stores its sets`, {
    hint: 'Sets must not contain sets: save another path, or store the sets elsewhere.',
  })
}

/** What links lead to, unless it is saved anyway. */
function addedTargets(sources: readonly SourcePath[]): readonly string[] {
  const plain = sources.filter(({ targets }) => targets.length === 0)
  const targets = new Set(sources.flatMap((source) => source.targets))
  return [...targets].filter((target) => !plain.some(({ real }) => isBelow(target, real)))
}

interface Seen {
  readonly sources: readonly SourcePath[]
  readonly mountinfo: string
  readonly own: readonly string[]
}

/** The mounts below the paths that are neither excluded nor of Holdfast. */
async function savedMounts({ exclude = [] }: FilesSource, { sources, mountinfo, own }: Seen): Promise<readonly MountEntry[]> {
  const folders = sources.filter(({ isFolder }) => isFolder).map(({ real }) => real)
  const mounts = leftOutMounts(folders, mountinfo).filter(({ mountPoint }) =>
    sources.some((source) => {
      const name = archivedAs(mountPoint, source)
      return isBelow(mountPoint, source.real) && !isExcluded(name, exclude) && !own.some((folder) => isBelow(name, folder))
    }),
  )
  // tar reads a file that is mounted onto another one, as in containers, in any case.
  const areFolders = await Promise.all(mounts.map(async (mount) => mayHang(mount) || !(await isFileAt(mount.mountPoint))))
  return mounts.filter((_, index) => areFolders[index])
}

function isFileAt(path: string): Promise<boolean> {
  return lstat(path).then(
    (facts) => !facts.isDirectory(),
    () => false,
  )
}

// They are created and removed with containers, users and packages.
const PASSING = /^(?:tmpfs|ramfs|overlay|squashfs|fuse(?:\..*)?)$/u

function isLasting({ fsType }: MountEntry): boolean {
  return !PASSING.test(fsType)
}

function unsavedPaths({ exclude = [] }: FilesSource, sources: readonly SourcePath[]): readonly LeftOut[] {
  return sources.flatMap(({ path, targets, special }): readonly LeftOut[] => {
    if (isExcluded(targets.at(-1) ?? path, exclude)) return [{ what: path, reason: 'excluded' }]
    return special === undefined ? [] : [{ what: path, reason: special }]
  })
}

function unsavedNote({ what, reason }: LeftOut): string {
  if (reason === 'socket') return `${quoted(what)} is a socket, which cannot be saved; remove it from "paths"`
  if (reason === 'device' || reason === 'pipe') {
    const name = reason === 'device' ? 'a device' : 'a named pipe'
    return `${quoted(what)} is ${name}, whose contents are not saved; save them with "exec", or remove it from "paths"`
  }
  return `nothing of ${quoted(what)} is saved: a pattern of "exclude" matches it; correct the pattern, or remove the path`
}

function missedNote({ mountPoint, fsType }: MountEntry): string {
  return `the file system mounted at ${quoted(mountPoint)} (${fsType}) is left out; add it to "paths", exclude it, or set "one-file-system: false"`
}

async function coveredPath({ path, targets, real, isFolder }: SourcePath, mountinfo: string): Promise<CoveredPath> {
  const mount = mountOf(real, mountinfo)?.mountPoint
  return {
    path,
    ...(targets.length > 0 && { target: real }),
    ...(mount !== undefined && { mount }),
    ...(isFolder && (await isEmptyAt(real)) && { empty: true as const }),
  }
}

function isEmptyAt(folder: string): Promise<boolean> {
  // What cannot be read is reported by the program that reads it.
  return withFolder(openFolder(folder), isEmpty).catch(() => false)
}

/** The command with further exclusions, which are literal, and further members. */
function withMembers(
  object: ObjectSpec,
  { exclusions, targets }: { readonly exclusions: readonly string[]; readonly targets: readonly string[] },
): ObjectSpec {
  const [tar, ...others] = object.stages
  if (tar === undefined || (exclusions.length === 0 && targets.length === 0)) return object
  const end = tar.argv.indexOf('--')
  const names = exclusions.map(memberName)
  const ofAll = tar.argv.slice(end).includes('.')
  const options = names.flatMap((name) => (ofAll ? [`--exclude=./${name}`, `--exclude=${name}`] : [`--exclude=${name}`]))
  const argv: readonly string[] = [
    ...tar.argv.slice(0, end),
    ...(options.length > 0 ? ['--no-wildcards', '--anchored', ...options] : []),
    ...tar.argv.slice(end),
    ...targets.map((it) => memberName(it) || '.'),
  ]
  return { ...object, stages: [{ ...tar, argv: argv as typeof tar.argv }, ...others] }
}

function memberName(path: string): string {
  return path.replace(/^\/+/u, '')
}

/** Whether a path, or a folder above it, is excluded by patterns of a source of files: from the root with a leading slash, otherwise at any depth. */
function isExcluded(path: string, patterns: readonly string[]): boolean {
  const parts = path.split('/').filter((part) => part !== '')
  const above = parts.map((_, index) => parts.slice(0, index + 1))
  return patterns.some((pattern) => {
    const compiled = compilePatterns({ language: 'shell', patterns: [pattern.replace(/^\/+/u, '').replace(/\/+$/u, '')] })
    const isAnchored = pattern.startsWith('/')
    return above.some((names) => names.some((_, start) => (start === 0 || !isAnchored) && compiled.matches(names.slice(start).join('/'))))
  })
}
