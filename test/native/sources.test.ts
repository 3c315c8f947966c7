import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { requires } from '../support/requires.ts'
import { plantTree, portrayTree } from '../support/trees.ts'
import { lacks, openPlace } from './place.ts'

const hostFacts = fileURLToPath(new URL('../../share/host-facts.sh', import.meta.url))
const copySqlite = fileURLToPath(new URL('../../share/copy-sqlite.mjs', import.meta.url))
const skipTree = requires('root') || lacks('zstd', 'setfattr', 'setfacl', 'setcap')

describe('native sources', () => {
  it('files: are restored with all types and attributes, and are counted', { skip: skipTree }, (t) => {
    const place = openPlace(t)
    place.shell('mkdir data back')
    plantTree(join(place.folder, 'data'))
    place.configure(`{ data: { files: { paths: [${place.folder}/data] } } }`)
    assert.deepEqual(place.run('-q', 'run'), { status: 0, stdout: '', stderr: '' })
    const [object] = place.manifest().objects
    assert.equal(object?.path, 'data.tar.zst')
    assert.equal(object.source, 'tar')
    const archive = `zstd -dc '${place.newestSet()}/data.tar.zst'`
    place.shell(`${archive} | tar -xpf - -C back --numeric-owner --acls --xattrs --xattrs-include='*'`)
    assert.equal(portrayTree(join(place.folder, 'back', place.folder, 'data')), portrayTree(join(place.folder, 'data')))
    assert.equal(object.facts?.['entries'], Number(place.shell(`${archive} | tar -tf - | wc -l`)))
    assert.ok(object.bytes < 100_000, 'holes are not stored')
  })

  it('files: excluded ones are omitted, at any depth or from the beginning', { skip: lacks('zstd') }, (t) => {
    const place = openPlace(t)
    place.shell('mkdir -p data/cache data/sub/cache; touch data/x.tmp data/sub/y.tmp data/keep data/cache/c data/sub/cache/c')
    place.configure(`{ data: { files: { paths: [${place.folder}/data], exclude: ["*.tmp", ${place.folder}/data/cache] } } }`)
    assert.deepEqual(place.run('-q', 'run'), { status: 0, stdout: '', stderr: '' })
    const names = place.shell(`zstd -dc '${place.newestSet()}/data.tar.zst' | tar -tf -`).trim().split('\n')
    const relative = names.map((it) => it.slice(`${place.folder}/data`.length - 1)).toSorted()
    assert.deepEqual(relative, ['/', '/keep', '/sub/', '/sub/cache/', '/sub/cache/c'])
  })

  it('files: a path that is not there fails the run, and nothing is published', (t) => {
    const place = openPlace(t)
    place.configure(`{ data: { files: { paths: [${place.folder}/nothing] } } }`)
    const { status, stderr } = place.run('run')
    assert.equal(status, 1)
    assert.match(stderr, /nothing" does not exist/u)
    assert.deepEqual(place.shell('ls root/nightly').trim(), '')
  })

  it('sqlite: a copy of one moment, taken while others write', { skip: lacks('sqlite3') }, async (t) => {
    const place = openPlace(t)
    place.shell(`sqlite3 app.db 'pragma journal_mode=wal; pragma user_version=7; create table t(a, b); insert into t values(0, 0)'`)
    // Both columns are always equal, but never in the middle of a change.
    const writer = spawn(process.execPath, [
      '--disable-warning=ExperimentalWarning',
      '-e',
      `const { DatabaseSync } = require('node:sqlite'); const db = new DatabaseSync(process.argv[1], { timeout: 60000 })
       console.log('ready'); for (let i = 1; ; i++) { db.exec('begin; insert into t values(' + i + ', 0); update t set b = a; commit'); if (i > 3000) db.exec('delete from t where a < ' + (i - 100)) }`,
      join(place.folder, 'app.db'),
    ])
    t.after(() => writer.kill('SIGKILL'))
    await once(writer.stdout, 'data')
    place.configure(`{ app: { sqlite: { path: ${place.folder}/app.db, temporary-folder: ${place.folder} }, compress: none } }`)
    const { status, stderr } = place.run('-q', 'run')
    writer.kill('SIGKILL')
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
    const copy = `'${place.newestSet()}/app.db'`
    assert.equal(
      place.shell(`cp ${copy} back.db; sqlite3 back.db 'pragma integrity_check; pragma user_version; select count(*) from t where a != b'`),
      'ok\n7\n0\n',
    )
    assert.deepEqual(
      readdirSync(place.folder).filter((it) => it.startsWith('holdfast-sqlite')),
      [],
    )
  })

  it('sqlite: fails for a file that is not a database', (t) => {
    const place = openPlace(t)
    writeFileSync(join(place.folder, 'no.db'), 'x'.repeat(5000))
    place.configure(`{ app: { sqlite: { path: ${place.folder}/no.db, temporary-folder: ${place.folder} } } }`)
    const { status, stderr } = place.run('run')
    assert.equal(status, 1)
    assert.match(stderr, /not a database/u)
  })

  it('sqlite: reports a missing database, and a folder, before the run', { skip: lacks('zstd') }, (t) => {
    const place = openPlace(t)
    for (const [path, message] of [
      ['missing.db', /error: object "app.db.zst": the path "\S+\/missing.db" does not exist/u],
      ['', /error: object "app.sqlite.zst": the database "\S+" is not a file/u],
    ] as const) {
      place.configure(`{ app: { sqlite: { path: ${place.folder}/${path} } } }`)
      const { status, stdout } = place.run('config', 'check')
      assert.equal(status, 1, stdout)
      assert.match(stdout, message)
      assert.equal(place.run('run', '--dry-run').status, 1)
    }
  })

  it('sqlite: counts the tables, and makes a suspicious set if there are none', { skip: lacks('sqlite3') }, (t) => {
    const place = openPlace(t)
    place.shell(`sqlite3 app.db 'create table "a
b"(x); create table c(x); create view v as select * from c; create virtual table f using fts5(x)'; ln -s app.db link.db; touch none.db`)
    place.configure(`{ app: { sqlite: { path: ${place.folder}/link.db }, compress: none } }`)
    assert.equal(place.run('-q', 'run', '--strict').status, 0)
    const [record] = place.manifest().objects
    assert.equal(record?.coverage?.paths?.[0]?.target, `${place.folder}/app.db`)
    // Two, and that of the index with its five.
    assert.equal(record?.facts?.['entries'], 8)
    assert.match(place.run('sets').stdout, /\b8 SQLite tables/u)
    assert.match(place.run('show').stdout, /\b8 SQLite tables with \d+ rows of "\S+\/link.db" \(a link to "\S+\/app.db"\)/u)
    place.configure(`{ app: { sqlite: { path: ${place.folder}/none.db }, compress: none } }`)
    assert.match(place.run('run').stderr, /suspicious: object "app.db": the database has no tables/u)
  })

  it('sqlite: fails for a damaged database, but not for values that break a rule or use functions of others', { skip: lacks('sqlite3') }, (t) => {
    const place = openPlace(t)
    place.configure(`{ app: { sqlite: { path: ${place.folder}/app.db }, compress: none } }`)
    place.shell(`sqlite3 app.db 'create table t(a check (a > 0)); pragma ignore_check_constraints=1; insert into t values(-1)'`)
    place.shell(
      `sqlite3 app.db "pragma writable_schema=1; insert into sqlite_schema values('table','u','u',0,'create virtual table u using nosuch(x)')"`,
    )
    assert.deepEqual(place.run('-q', 'run', '--strict'), { status: 0, stdout: '', stderr: '' })
    place.shell(
      `sqlite3 app.db 'create table big(s); with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) insert into big select hex(randomblob(40)) from n'`,
    )
    place.shell('dd if=/dev/urandom of=app.db bs=4096 seek=20 count=5 conv=notrunc 2>/dev/null')
    const { status, stderr } = place.run('run')
    assert.equal(status, 1)
    assert.match(stderr, /error: could not copy the database "\S+\/app.db": it is damaged: \S/u)
    assert.equal(readdirSync(join(place.folder, 'root/nightly')).filter((name) => name.startsWith('2')).length, 1)
  })

  it('sqlite: counts all tables, and checks the others, if one needs what only its program has', { skip: lacks('sqlite3') }, (t) => {
    const place = openPlace(t)
    place.configure(`{ app: { sqlite: { path: ${place.folder}/app.db }, compress: none } }`)
    place.shell(`sqlite3 app.db "create table a(x); create index ia on a(x); create table \\"o'd\\"(s); with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) \
      insert into \\"o'd\\" select hex(randomblob(40)) from n; pragma writable_schema=1; update sqlite_schema set sql='create index ia on a(x collate icu_root)' where name='ia'"`)
    const { status, stderr } = place.run('-v', 'run', '--strict')
    assert.equal(status, 0, stderr)
    assert.match(stderr, /the table "a" could not be checked: no such collation sequence: icu_root/u)
    assert.equal(place.manifest().objects[0]?.facts?.['entries'], 2)
    place.shell('dd if=/dev/urandom of=app.db bs=4096 seek=20 count=5 conv=notrunc 2>/dev/null')
    const damaged = place.run('run')
    assert.equal(damaged.status, 1)
    assert.match(damaged.stderr, /error: could not copy the database "\S+\/app.db": it is damaged: \S/u)
  })

  it('sqlite: removes the remains of a killed run, but no files of others', { skip: requires('root') || lacks('sqlite3') }, (t) => {
    const place = openPlace(t)
    place.shell(`sqlite3 app.db 'create table t(a)'; mkdir precious; touch precious/file`)
    // No process has such an id (proc(5): pid_max).
    const left = (end: string) => join(place.folder, `holdfast-sqlite-99999999-${end}`)
    for (const end of ['ours', 'theirs']) mkdirSync(left(end))
    chownSync(left('theirs'), 12345, 12345)
    symlinkSync(join(place.folder, 'precious'), left('link'))
    place.configure(`{ app: { sqlite: { path: ${place.folder}/app.db, temporary-folder: ${place.folder} } } }`)
    assert.deepEqual(place.run('-q', 'run'), { status: 0, stdout: '', stderr: '' })
    const there = readdirSync(place.folder).filter((it) => it.startsWith('holdfast-sqlite'))
    assert.deepEqual(there.toSorted(), ['holdfast-sqlite-99999999-link', 'holdfast-sqlite-99999999-theirs'])
    assert.deepEqual(readdirSync(join(place.folder, 'precious')), ['file'])
  })

  it('sqlite: is opened without the groups of root, and in a container that does not know its owner', {
    skip: requires('root', 'leave to mount', 'setpriv') || lacks('sqlite3'),
  }, (t) => {
    const place = openPlace(t)
    // The folder of the test is root's alone.
    const script = `mount -t tmpfs -o mode=755 none /mnt; cd /mnt; mkdir -m 700 work; sqlite3 db 'create table t (n)'; chmod 644 db
      mkdir -m 755 of; mv db of; chown -R daemon:daemon of; exec "$@" '${process.execPath}' '${copySqlite}' /mnt/of/db /mnt/work`
    const copy = (before: string, ...through: readonly string[]) => {
      const argv = ['-m', 'sh', '-euc', script.replace('exec', `${before}; exec`), 'sh', ...through]
      const { status, stdout, stderr } = spawnSync('unshare', argv, { encoding: 'latin1', cwd: place.folder })
      return [status, stdout.slice(0, 15), stderr.replaceAll(/^.*Warning.*$\n/gmu, '')]
    }
    const good = [0, 'SQLite format 3', '']
    assert.deepEqual(copy(':', 'setpriv', '--groups=0,4'), good)
    assert.deepEqual(copy(':', 'unshare', '--user', '--map-root-user'), good)
    const [status, , stderr] = copy('echo x >of/secret; chmod 640 of/secret; ln of/secret of/db-journal', 'setpriv', '--groups=0,4')
    assert.equal(status, 1)
    assert.match(String(stderr), /the owner of the database cannot open "\/mnt\/of\/db-journal" \(EACCES\)/u)
  })

  it('host facts: an archive of texts that names what the host lacks', (t) => {
    const place = openPlace(t)
    place.configure('{ facts: { host-facts: {}, compress: none } }')
    assert.deepEqual(place.run('-q', 'run'), { status: 0, stdout: '', stderr: '' })
    place.shell(`tar -xf '${place.newestSet()}/facts.tar'`)
    const facts = join(place.folder, 'host-facts')
    assert.equal(readFileSync(join(facts, 'files/etc/os-release'), 'utf8'), readFileSync('/etc/os-release', 'utf8'))
    assert.match(readFileSync(join(facts, 'kernel/cmdline.txt'), 'utf8'), /\S/u)
    const missing = readFileSync(join(facts, 'MISSING'), 'utf8').trim().split('\n')
    for (const line of missing) assert.match(line, /^\S+: \S/u)
  })

  it('host facts: programs run at the same time', (t) => {
    const place = openPlace(t)
    // The first waits for the second, which is asked later; it would be ended after 20 s.
    place.shell(`mkdir bin
      printf '#!/bin/sh\nuntil [ -e %s/asked ]; do sleep 0.1; done; echo met\n' "$PWD" >bin/lscpu
      printf '#!/bin/sh\ntouch %s/asked; echo pci\n' "$PWD" >bin/lspci
      chmod 755 bin/*; PATH="$PWD/bin:$PATH" sh '${hostFacts}' >facts.tar`)
    assert.equal(place.shell('tar -xOf facts.tar host-facts/hardware/cpu.txt'), 'met\n')
    assert.doesNotMatch(place.shell('tar -xOf facts.tar host-facts/MISSING'), /hardware\/cpu/u)
  })

  it('host facts: no archive if there is not enough space', { skip: requires('root') }, (t) => {
    const { folder } = openPlace(t)
    // What is mounted in there goes with the program.
    const script = `mount -t tmpfs -o size="$1",mode=700 none '${folder}'; TMPDIR='${folder}' exec sh '${hostFacts}'`
    for (const size of ['4k', '16k', '64k']) {
      const { status, stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', size], { encoding: 'latin1' })
      assert.deepEqual([status, stdout.length], [1, 0], size)
      assert.match(stderr, /host-facts: cannot write to \S+: is there room\?\n$/u)
    }
  })

  it('encryption: with age, and with a passphrase that other users cannot see', { skip: lacks('age', 'gpg', 'gzip') }, (t) => {
    const place = openPlace(t)
    place.shell('age-keygen -o key 2>/dev/null; printf "CANARY pass: word\\n" > pass; mkdir -m 700 .gnupg')
    const recipient = place.shell('age-keygen -y key').trim()
    const keys = `keys: { ops: { age: ${recipient}, identity: "\${file:${place.folder}/key}" }, words: { passphrase: "\${file:${place.folder}/pass}" } }`
    place.configure(
      '{ a: { exec: [echo, one], encrypt: ops, compress: none }, b: { exec: [echo, two], encrypt: words, compress: { method: gzip, level: 9 } } }',
      keys,
    )
    const { status, stdout, stderr } = place.run('-v', 'run')
    assert.equal(status, 0, stderr)
    assert.doesNotMatch(stdout + stderr, /CANARY|background process/u)
    assert.equal(place.shell(`age -d -i key '${place.newestSet()}/a.age'`), 'one\n')
    assert.equal(
      place.shell(`gpg --batch --quiet --pinentry-mode loopback --passphrase-file pass -d '${place.newestSet()}/b.gz.gpg' 2>/dev/null | gzip -d`),
      'two\n',
    )
    // Restores find the keys where the configuration says that they are.
    assert.deepEqual(place.run('-q', 'restore', 'nightly', '--to', 'back'), { status: 0, stdout: '', stderr: '' })
    assert.equal(place.shell('cat back/a back/b'), 'one\ntwo\n')
    const deep = place.run('verify', '--deep')
    assert.deepEqual([deep.status, deep.stderr], [0, ''])
    place.shell('rm key pass')
    const { status: without, stderr: told } = place.run('restore', 'nightly', '--to', 'again')
    assert.equal(without, 1)
    assert.match(told, /"a\.age" is encrypted: specify the key file with --identity/u)
    assert.doesNotMatch(told, /CANARY|AGE-SECRET/u)
  })

  it('programs are found in the usual folders with the PATH of cron, also by scripts', (t) => {
    const place = openPlace(t)
    place.configure(
      `{ path: { exec: [/bin/sh, -c, 'printf %s "$PATH"'], compress: none }, own: { exec: [/bin/sh, -c, 'printf %s "$PATH"'], compress: none, environment: { PATH: /bin } } }`,
    )
    place.shell(`PATH=/opt/mine:/usr/bin:/bin ${fileURLToPath(new URL('../../holdfast', import.meta.url))} -f holdfast.yaml -q run`)
    const [path, own] = ['path', 'own'].map((name) => readFileSync(join(place.newestSet(), name), 'utf8'))
    assert.equal(path, '/opt/mine:/usr/bin:/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin')
    assert.equal(own, '/bin')
  })

  it('secrets are passed only to the command that references them', (t) => {
    const place = openPlace(t)
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference
    const secret = '${env:TOLD_SECRET}'
    place.configure(
      `{ x: { pipeline: [{ shell: 'echo got $IT and $PART', environment: { IT: "${secret}", PART: "a:${secret}@b, $${secret}" } }, { shell: 'cat; echo none $IT' }], compress: none } }`,
    )
    const { status, stdout, stderr } = place.run('-v', 'run')
    assert.equal(status, 0, stderr)
    assert.equal(readFileSync(join(place.newestSet(), 'x'), 'utf8'), `got CANARY and a:CANARY@b, ${secret}\nnone\n`)
    assert.doesNotMatch(stdout + stderr + readFileSync(join(place.newestSet(), 'manifest.json'), 'utf8'), /CANARY/u)
  })
})
