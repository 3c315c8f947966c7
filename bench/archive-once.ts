// archive-once.ts SOURCE TARGET LEVEL: packs a folder as an `archive` step would, and nothing else.
import { makeArchive } from '../src/file-sets/make/make-archive.ts'
import type { ArchiveLevel } from '../src/plan/dated-files.ts'
import { openProcesses } from '../src/process/open-processes.ts'
import { archiveFiles, archiveStep, archiveWork } from '../test/support/archive.ts'

const [source = '', target = '', level = '0'] = process.argv.slice(2)
const processes = openProcesses({ runId: `bench-${process.pid}` })
const { work } = archiveWork(processes, new Date().toISOString())
await makeArchive(archiveStep(source, target, { files: archiveFiles(target, Number(level) as ArchiveLevel) }), work)
await processes.close()
