import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { lacks } from './support/lacks.ts'

const checkout = fileURLToPath(new URL('..', import.meta.url))
const noTools = lacks('tar', 'sha256sum')

describe('npm start', { skip: noTools }, () => {
  let home = ''
  const example = () => join(home, 'examples/palhm/this-machine.jsonc')
  const start = () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['tools/start.ts'], {
      cwd: home,
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin' },
    })
    return { status, stdout, stderr }
  }

  before(() => {
    home = mkdtempSync(join(tmpdir(), 'holdfast-start-'))
    for (const name of ['package.json', 'holdfast', 'src', 'share', 'tools', 'examples'])
      cpSync(join(checkout, name), join(home, name), { recursive: true })
    symlinkSync(join(checkout, 'node_modules'), join(home, 'node_modules'))
  })
  after(() => rmSync(home, { recursive: true }))

  it('backs up, checks, restores and compares, as often as one likes', () => {
    for (const times of [1, 2]) {
      const { status, stdout, stderr } = start()
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' }, stdout)
      for (const word of ['backed up', 'verified', 'restored', 'compared']) assert.match(stdout, new RegExp(`^${word} `, 'mu'))
      const sets = readdirSync(join(home, 'var/backups')).filter((name) => !name.startsWith('.'))
      assert.equal(sets.length, times)
      for (const set of sets) {
        const sums = spawnSync('sha256sum', ['-c', '--quiet', 'SHA256SUMS'], { cwd: join(home, 'var/backups', set), encoding: 'utf8' })
        assert.deepEqual([sums.status, sums.stdout], [0, ''])
      }
    }
  })

  it('fails with a reason if the backup fails or a restored file is missing', () => {
    const good = readFileSync(example(), 'utf8')
    writeFileSync(example(), good.replace('"-C", "/", "etc"', '"-C", "/", "--exclude=etc/passwd", "etc"'))
    const incomplete = start()
    assert.equal(incomplete.status, 1)
    assert.match(incomplete.stdout, /1 different:\n\s+\/etc\/passwd: is missing$/mu)
    assert.match(incomplete.stderr, /the restored files differ from \/etc\n$/u)

    writeFileSync(example(), good.replace('"/bin/cat", "/proc/mounts"', '"/bin/cat", "/proc/no-such-file"'))
    const failing = start()
    assert.equal(failing.status, 1)
    assert.match(failing.stderr, /no-such-file/u)
    assert.match(failing.stderr, /the backup failed: ended with 1\n$/u)
  })
})
