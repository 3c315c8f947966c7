import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { makeSocketFolder, removeSocketFolders } from './socket-folders.ts'

const MAKE = `
  const { makeSocketFolder } = await import(process.argv[1])
  const { folder } = makeSocketFolder()
  const { mkdirSync, writeSync } = await import('node:fs')
  mkdirSync(folder.path + '/door')
  const { createServer } = await import('node:net')
  createServer().listen(folder.path + '/door/server', () => {
    writeSync(1, folder.path)
    process.kill(process.pid, 'SIGKILL')
  })`

/** What a process that was killed has left. */
function leftOver(): string {
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', MAKE, join(import.meta.dirname, 'socket-folders.ts')], { encoding: 'utf8' })
  assert.ok(existsSync(join(stdout, 'door/server')), stderr)
  return stdout
}

describe('the sweep of folders for sockets', () => {
  it('removes those of dead processes', async () => {
    const path = leftOver()
    await removeSocketFolders()
    assert.equal(existsSync(path), false)
  })

  it('leaves those of living ones', async (t) => {
    const place = makeSocketFolder()
    t.after(() => place.remove())
    mkdirSync(join(place.folder.path, 'door'))
    const server = createServer().listen(join(place.folder.path, 'door/server'))
    t.after(() => server.close())
    await removeSocketFolders()
    assert.deepEqual(readdirSync(join(place.folder.path, 'door')), ['server'])
  })

  it('follows no link, and touches nothing else of such a name', async (t) => {
    const precious = mkdtempSync(join(tmpdir(), 'precious-'))
    writeFileSync(join(precious, 'server'), '')
    const path = leftOver()
    const at = (name: string) => path.slice(0, -6) + name
    const names = ['LinkXX', 'InnerX', 'FileXX', 'OpenXX', 'Theirs']
    t.after(() => {
      for (const it of [precious, ...names.map(at)]) rmSync(it, { recursive: true, force: true })
    })
    symlinkSync(precious, at('LinkXX'))
    for (const name of names.slice(1)) mkdirSync(at(name), { mode: 0o700 })
    symlinkSync(precious, join(at('InnerX'), 'door'))
    for (const name of names.slice(2)) {
      mkdirSync(join(at(name), 'door'))
      writeFileSync(join(at(name), 'door/server'), '')
    }
    execFileSync('chmod', ['777', at('OpenXX')])
    if (process.getuid?.() === 0) execFileSync('chown', ['-R', '65534:65534', at('Theirs')])
    await removeSocketFolders()
    assert.equal(existsSync(path), false)
    assert.deepEqual(readdirSync(precious), ['server'])
    for (const name of names.slice(2)) assert.deepEqual(readdirSync(join(at(name), 'door')), ['server'], name)
  })
})
