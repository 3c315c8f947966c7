// make-sets.ts ROOT COUNT [POINT [MODE]]: makes COUNT sets in ROOT one after the other, keeping two, and prints the name of each as soon as it is published.
// With POINT (`name` or `name:nth`) it kills itself when that point is reached. MODE is the folders' mode in octal, 750 by default.
import { createHash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { rotate } from '../../src/backup/keep/rotate.ts'
import { filesystemSets } from '../../src/backup/store/filesystem-sets.ts'
import { localfsStorage } from '../../src/storage/localfs/localfs.ts'

const [root = '', count = '1', point = '', mode = '750'] = process.argv.slice(2)
const [wanted, nth = '1'] = point.split(':')
let passed = 0
const failpoint = (name: string) => {
  if (name === wanted && ++passed === Number(nth)) process.kill(process.pid, 'SIGKILL')
}
const call = { signal: new AbortController().signal, failpoint }
const storage = localfsStorage(
  { kind: 'localfs', root, folderMode: Number.parseInt(mode, 8), fileMode: 0o640, completeWhen: 'manifest' },
  { note: (text) => process.stderr.write(`${text}\n`) },
)
if (storage.folders === undefined) throw new Error('a local storage has folders')
const sets = filesystemSets({ ...storage, folders: storage.folders }, { completeWhen: 'manifest' })

for (let number = 1; number <= Number(count); number++) {
  const draft = await sets.begin({ runId: `run-${process.pid}-${number}`, task: 'nightly' }, call)
  try {
    const objects = []
    for (const path of ['db.sql', 'www/a/site.tar']) {
      const content = `${path} of set ${number} by ${process.pid}`
      if (draft.kind !== 'files') throw new Error('a local storage takes files')
      const file = await draft.openFile(path, {})
      writeSync(file.fd, content)
      await file.flushAndClose()
      failpoint('object-flushed')
      objects.push({ path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex'), stages: [], filters: [] })
    }
    const moment = new Date()
    const facts = { host: 'here', runId: `${number}`, task: 'nightly', step: 'nightly', began: moment, ended: moment, objects }
    const name = await sets.exclusively(call, () => draft.commit(moment, facts, call))
    process.stdout.write(`${name}\n`)
    failpoint('set-published')
    await rotate(sets, { step: 'nightly', policy: { copies: 2n }, current: name, emit: () => undefined }, call)
    failpoint('rotated')
  } catch (error) {
    await draft.abort()
    throw error
  }
}
