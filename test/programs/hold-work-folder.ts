// hold-work-folder.ts ROOT RUN: begins a set in ROOT, starts a process that inherits the folder's lock and records it, says so, and waits to be killed.
import { spawn } from 'node:child_process'
import { writeSync } from 'node:fs'
import { identityOf } from '../../src/process/identity/process-identity.ts'
import { localfsStorage } from '../../src/storage/localfs/localfs.ts'

const [root = '', runId = ''] = process.argv.slice(2)
const storage = localfsStorage({ kind: 'localfs', root, folderMode: 0o750, fileMode: 0o640, completeWhen: 'manifest' }, { note: () => undefined })
const work = await storage.folders?.begin({ runId, task: 'nightly' }, { signal: new AbortController().signal })
if (work === undefined) throw new Error('a local storage has folders')
const file = await work.openFile('a/half')
writeSync(file.fd, 'half of it')
const orphan = spawn('sleep', ['300'], { stdio: ['ignore', 'ignore', 'ignore', work.lockFd], detached: true })
await work.recordProcesses([{ ...identityOf(orphan.pid ?? 0), program: 'sleep' }])
process.stdout.write(`${orphan.pid}\n`)
setInterval(() => undefined, 1000)
