import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { messageOf } from '../lib/errors.ts'
import type { DumpFiles, FileSet } from '../plan/dated-files.ts'
import type { TestFilesStep } from '../plan/host-steps.ts'
import { believable } from './believable.ts'
import { checkDump } from './dump/check-dump.ts'
import { sha1Folder } from './dump/folder-facts.ts'
import { ArchiveError } from './errors.ts'
import type { DatedFile } from './expiry.ts'
import { archivePlaces, findArchiveFiles, findDumpFiles } from './find-files.ts'
import { databasesOf } from './list-databases.ts'
import { sha1File } from './sha1-file.ts'
import { systemCalls } from './system-calls.ts'
import { testArchive } from './test-archive.ts'
import type { ArchiveWork } from './work.ts'

/**
 * Tests the newest files of each set: that there are some, that they are of the digests beside them, and that they can be read to their end. What is wrong is noted,
 * or, where the step says so, rejects in the end with the first of it. Changes nothing.
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
  const { step, work, failures } = testing
  const groups = await groupsOf(files, step.workingFolder ?? '.', work)
  if (groups.length === 0) throw new ArchiveError('bad-archive', `there is no file of "${name}" to test`)
  for (const { what, found } of groups) {
    work.signal.throwIfAborted()
    try {
      await testGroup(what, found, { files, work })
    } catch (error) {
      work.signal.throwIfAborted()
      failures.push(error)
    }
  }
}

/** What is tested by itself: the archives of a set, the dumps of each database. */
interface Group {
  readonly what: string
  readonly found: readonly DatedFile[]
}

async function groupsOf(files: FileSet, workingFolder: string, work: ArchiveWork): Promise<readonly Group[]> {
  if (files.kind === 'dumps') return await dumpGroups(files, workingFolder, work)
  const folder = archivePlaces(files, workingFolder)[files.level]
  if (folder === undefined) return []
  const found = await findArchiveFiles(files, { folder, level: files.level })
  return found.length === 0 ? [] : [{ what: `"${folder}"`, found }]
}

async function dumpGroups(files: DumpFiles, workingFolder: string, work: ArchiveWork): Promise<readonly Group[]> {
  const folder = resolve(workingFolder, files.folder)
  const groups: Group[] = []
  for (const database of await databasesOf(files.databases, files.server, work)) {
    groups.push({ what: `the database "${database}" in "${folder}"`, found: await findDumpFiles(files, database, folder) })
  }
  return groups
}

async function testGroup(
  what: string,
  found: readonly DatedFile[],
  { files, work }: { readonly files: FileSet; readonly work: ArchiveWork },
): Promise<void> {
  const known = believable(found, work)
  const newestMs = Math.max(...known.map((it) => it.wallMs))
  const newest = known.filter((it) => it.wallMs === newestMs)
  const made = newest.find((it) => /^(?:archive|dump)/u.test(it.group))
  if (made === undefined) throw new ArchiveError('bad-archive', `the newest backup of ${what} is missing`)
  const { path } = made
  const digest = newest.find((it) => it.group.startsWith('digest'))
  if (digest === undefined && files.digests) throw new ArchiveError('bad-archive', `the digest of "${path}" is missing`)
  if (digest !== undefined) await compare(path, digest.path, work)
  const unknown = files.kind === 'dumps' ? await checkDump({ path, server: files.server, program: 'pg_dump' }, work) : await testArchive(path, work)
  if (unknown !== undefined) work.note(`nobody has tested "${path}": ${unknown}`)
  if (unknown !== undefined && digest === undefined) return
  const finding = unknown === undefined ? 'is whole' : 'is of its digest'
  work.emit({ kind: 'step-told', step: work.step, text: `"${path}" ${finding}`, isDetail: false })
}

async function compare(path: string, digestPath: string, { signal }: ArchiveWork): Promise<void> {
  const said = (await readFile(digestPath, 'latin1')).trim()
  const isFolder = (await stat(path)).isDirectory()
  if ((await (isFolder ? sha1Folder(path, signal) : sha1File(path, signal))) !== said) {
    throw new ArchiveError('bad-archive', `"${path}" is not of the digest in "${digestPath}": it has changed, or is torn`)
  }
}
