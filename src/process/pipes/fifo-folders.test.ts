import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fifoPrefix, removeFifoFolders } from './fifo-folders.ts'

describe('the sweep of FIFO folders', () => {
  it('removes only folders of this user, without following links', async (t) => {
    const runId = `test-${process.pid}`
    const at = (name: string) => join('/dev/shm', `${fifoPrefix(runId)}${name}`)
    const precious = mkdtempSync(join(tmpdir(), 'precious-'))
    t.after(() => {
      rmSync(precious, { recursive: true, force: true })
      for (const name of ['own', 'open', 'file', 'foreign']) rmSync(at(name), { recursive: true, force: true })
      if (lstatSync(at('link'), { throwIfNoEntry: false })) unlinkSync(at('link'))
    })
    execFileSync('mkfifo', [join(precious, '0')])
    symlinkSync(precious, at('link'))
    mkdirSync(at('own'), { mode: 0o700 })
    execFileSync('mkfifo', [join(at('own'), '0'), join(at('own'), '1')])
    // Others may have written here.
    mkdirSync(at('open'))
    execFileSync('chmod', ['777', at('open')])
    execFileSync('mkfifo', [join(at('open'), '0')])
    mkdirSync(at('file'), { mode: 0o700 })
    writeFileSync(join(at('file'), 'precious'), '')
    if (process.getuid?.() === 0) {
      mkdirSync(at('foreign'), { mode: 0o700 })
      execFileSync('mkfifo', [join(at('foreign'), '0')])
      execFileSync('chown', ['-R', '65534:65534', at('foreign')])
    }
    await removeFifoFolders(runId)
    assert.equal(existsSync(at('own')), false)
    assert.deepEqual([readdirSync(precious), readdirSync(at('open')), readdirSync(at('file'))], [['0'], ['0'], ['precious']])
    if (process.getuid?.() === 0) assert.deepEqual(readdirSync(at('foreign')), ['0'])
  })
})
