// make-archive.ts SOURCE TARGET [POINT SIGNAL]: packs a level 0 of the first of March 2026 and prints what was told. Sends itself the signal at the point.
import { makeArchive } from '../../src/file-sets/make/make-archive.ts'
import { openProcesses } from '../../src/process/open-processes.ts'
import { archiveFiles, archiveStep, archiveWork } from '../support/archive.ts'
import { signalAt } from '../support/at-point.ts'

const [source = '', target = '', point, signal = 'KILL'] = process.argv.slice(2)
const processes = openProcesses({ runId: `make-archive-${process.pid}` })
const told = archiveWork(processes, '2026-03-01T02:40:00', point === undefined ? {} : { failpoint: signalAt(point, signal) })
const overwrite = process.env['OVERWRITE'] === '1'
await makeArchive(archiveStep(source, target, { overwrite, files: archiveFiles(target, 0, { digests: true }) }), told.work)
for (const note of told.notes) process.stdout.write(`${note}\n`)
await processes.close()
