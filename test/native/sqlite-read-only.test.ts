import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { requires } from '../support/requires.ts'

const program = fileURLToPath(new URL('../../share/copy-sqlite.mjs', import.meta.url))

describe('an SQLite database in a folder that is read-only here', { skip: requires('root', 'leave to mount', 'sqlite3') }, () => {
  const top = mkdtempSync(join(tmpdir(), 'sqlite-ro-'))
  mkdirSync(join(top, 'media'))
  after(() => rmSync(top, { recursive: true }))

  /** Creates databases on a file system of their own at `media`, and copies `app.db` after `mount` was called; `copied` counts the rows of the copy. */
  const copyAfter = (create: string, mount: string) => {
    const script = `set -eu; cd "$top"; mount -t tmpfs none media; mkdir media/db; ${create}
      ${mount}
      rm -f out.db; "$node" --disable-warning=ExperimentalWarning "$program" media/app.db "$TMPDIR" >out.db
      sqlite3 out.db 'pragma integrity_check; select count(*) from t'`
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', top, program, node: process.execPath, TMPDIR: '/var/tmp' }
    const { status, stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-euc', script], { encoding: 'utf8', env })
    return { status, stdout, stderr }
  }
  const wal = `sqlite3 media/app.db 'pragma journal_mode=wal; create table t(a); insert into t values(1)' >/dev/null`

  it('is copied from a file system that is read-only itself', () => {
    assert.deepEqual(copyAfter(wal, 'mount -o remount,ro media'), { status: 0, stdout: 'ok\n1\n', stderr: '' })
  })

  it('is not copied without its locks if other programs can write to it', () => {
    const bound = 'mount --bind media media; mount -o remount,bind,ro media'
    const { status, stderr } = copyAfter(wal, bound)
    assert.equal(status, 1)
    assert.match(stderr, /"\/\S+\/media" is read-only here, but another program could change the database/u)
    const linked = `${wal}; mv media/app.db media/db/real.db; ln -s db/real.db media/app.db`
    assert.match(copyAfter(linked, bound).stderr, /"\/\S+\/media\/db" is read-only here/u)
  })

  it('is not copied with a journal that has to be played back', () => {
    const half = `"$node" -e 'const { DatabaseSync } = require("node:sqlite"), { copyFileSync } = require("node:fs")
      const db = new DatabaseSync("work.db")
      db.exec("pragma cache_size = 2; create table t(a); insert into t values (1); begin; update t set a = 2")
      for (let i = 0; i < 50; i++) db.exec("insert into t values (zeroblob(9000))")
      for (const end of ["", "-journal"]) copyFileSync("work.db" + end, "media/db/real.db" + end)
      db.exec("rollback")' 2>/dev/null; rm -f work.db; ln -s db/real.db media/app.db; [ -s media/db/real.db-journal ]`
    for (const mount of ['mount -o remount,ro media', ':']) {
      const { status, stdout, stderr } = copyAfter(half, mount)
      assert.equal(status, 1, stdout)
      assert.match(stderr, /a transaction was not finished/u)
    }
  })
})
