import { resolve } from 'node:path'
import type { Folder } from '../../files/folder.ts'
import { readSmallIn } from '../../files/read-small.ts'
import { messageOf } from '../../lib/errors.ts'
import type { FileSet } from '../../plan/dated-files.ts'
import type { TestFilesStep } from '../../plan/steps/host-steps.ts'
import { withArchiveFolder, withEntryBelow } from '../archive-folder.ts'
import type { ArchiveWork } from '../archive-work.ts'
import { checkDump } from '../dump/check-dump.ts'
import { ArchiveError } from '../errors.ts'
import type { DatedFile } from '../find/expiry.ts'
import { archiveFolders, findArchiveFiles, findDumpFiles } from '../find/find-files.ts'
import { withoutFutureDates } from '../find/future-dates.ts'
import { databasesOf } from '../list-databases.ts'
import { type OpenedArchive, sha1OfArchive, withOpenedArchive } from '../opened-archive.ts'
import { systemCalls } from '../system-calls.ts'
import { listedEntries } from './listed-entries.ts'
import { testArchive } from './test-archive.ts'

/**
 * Tests the newest files of each set: whether they exist, match their digests, and can be read to the end. Problems are noted or, if the step is
 * configured so, the first one rejects at the end. Changes nothing.
 */
export async function testNewest(step: TestFilesStep, work: ArchiveWork): Promise<void> {
  await systemCalls(work.signal, async () => {
    const failures: unknown[] = []
    for (const { name, files } of step.sets) {
      try {
        await testSet(name, files, { step, work, failures })
      } catch (error) {
        work.signal.throwIfAborted()
        failures.push(error)
      }
    }
    const fails = step.onBroken === 'fail'
    for (const it of fails ? failures.slice(1) : failures) work.note(messageOf(it))
    if (fails && failures.length > 0) throw failures[0]
  })
}

interface Testing {
  readonly step: TestFilesStep
  readonly work: ArchiveWork
  readonly failures: unknown[]
}

async function testSet(name: string, files: FileSet, testing: Testing): Promise<void> {
  const { step, work } = testing
  const path = folderOf(files, step.workingFolder ?? '.')
  await withArchiveFolder(path, work, async (folder) => {
    await testIn(folder, { name, files }, testing)
  })
}

async function testIn(folder: Folder | undefined, { name, files }: TestFilesStep['sets'][number], { work, failures }: Testing): Promise<void> {
  const groups = folder === undefined && files.kind === 'archives' ? [] : await groupsOf(files, folder, work)
  if (groups.length === 0) throw new ArchiveError('bad-archive', `no files to test for "${name}"`)
  for (const group of groups) {
    work.signal.throwIfAborted()
    try {
      await testGroup(group, { files, work })
    } catch (error) {
      work.signal.throwIfAborted()
      failures.push(error)
    }
  }
}

/** The units of a test: the archives of a set, the dumps of each database. */
interface Group {
  readonly what: string
  readonly folder: Folder | undefined
  readonly found: readonly DatedFile[]
}

function folderOf(files: FileSet, workingFolder: string): string {
  if (files.kind === 'dumps') return resolve(workingFolder, files.folder)
  return archiveFolders(files, workingFolder)[files.level] ?? resolve(workingFolder, files.folders[0])
}

async function groupsOf(files: FileSet, folder: Folder | undefined, work: ArchiveWork): Promise<readonly Group[]> {
  if (files.kind === 'archives') {
    const found = folder === undefined ? [] : await findArchiveFiles(files, { folder, level: files.level })
    return folder === undefined || found.length === 0 ? [] : [{ what: `"${folder.path}"`, folder, found }]
  }
  const groups: Group[] = []
  for (const database of await databasesOf(files.databases, files.server, work)) {
    const found = folder === undefined ? [] : await findDumpFiles(files, database, folder)
    groups.push({ what: `the database "${database}" in "${folder?.path ?? files.folder}"`, folder, found })
  }
  return groups
}

async function testGroup({ what, folder, found }: Group, { files, work }: { readonly files: FileSet; readonly work: ArchiveWork }): Promise<void> {
  const known = withoutFutureDates(found, work)
  const newestMs = Math.max(...known.map((it) => it.wallMs))
  const newest = known.filter((it) => it.wallMs === newestMs)
  const made = newest.find((it) => /^(?:archive|dump)/u.test(it.group))
  if (made === undefined || folder === undefined) throw new ArchiveError('bad-archive', `the newest backup of ${what} is missing`)
  const { path } = made
  const digest = newest.find((it) => it.group.startsWith('digest'))
  if (digest === undefined && files.digests) throw new ArchiveError('bad-archive', `the digest of "${path}" is missing`)
  const list = newest.find((it) => it.group === 'list')
  const listed = list && (await listedEntries(folder, { list, made }, work.signal))
  const unknown = await withEntryBelow(folder, made.name, (at, name) =>
    withOpenedArchive(at, name, async (opened) => {
      if (digest !== undefined) await compare(opened, { folder, digest, path }, work)
      if (files.kind === 'dumps') return await checkDump({ opened, path, server: files.server, program: 'pg_dump' }, work)
      return await testArchive({ opened, path, listed, mayBeEmpty: files.level > 0 }, work)
    }),
  )
  if (unknown !== undefined) work.note(`"${path}" was not tested: ${unknown}`)
  if (unknown !== undefined && digest === undefined) return
  const finding = unknown === undefined ? 'is complete' : 'matches its digest'
  work.emit({ kind: 'step-told', step: work.step, text: `"${path}" ${finding}`, isDetail: false })
}

interface Digested {
  readonly folder: Folder
  readonly digest: DatedFile
  readonly path: string
}

// A digest has 40 bytes.
const DIGEST_BYTES = 4096

async function compare(opened: OpenedArchive, { folder, digest, path }: Digested, { signal }: ArchiveWork): Promise<void> {
  const recorded = await withEntryBelow(folder, digest.name, (at, name) => readSmallIn(at, name, { maxBytes: DIGEST_BYTES }))
  if ((await sha1OfArchive(opened, signal)) !== recorded.toString('latin1').trim()) {
    throw new ArchiveError('bad-archive', `"${path}" does not match the digest in "${digest.path}": it was changed or is incomplete`)
  }
}
