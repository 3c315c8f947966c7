import assert from 'node:assert/strict'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { it } from 'node:test'
import { openLogFile } from './log-file.ts'

it('a log is written although another run removes its empty folder just before it is created', (t) => {
  const top = fs.mkdtempSync(join(tmpdir(), 'log-'))
  const file = join(top, '2027', 'r.log')
  const { openSync } = fs
  let removed = 0
  t.after(() => {
    fs.openSync = openSync
    syncBuiltinESMExports()
    fs.rmSync(top, { recursive: true })
  })
  fs.openSync = (path, flags, mode) => {
    if (String(path).endsWith('/r.log') && removed++ < 2) fs.rmdirSync(dirname(file))
    return openSync(path, flags, mode)
  }
  syncBuiltinESMExports()
  const log = openLogFile(file)
  log.append('begun\n')
  log.close()
  assert.deepEqual([log.trouble(), fs.readFileSync(file, 'utf8'), removed], [undefined, 'begun\n', 3])
})
