import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, it } from 'node:test'
import { keepProof, row } from '../long/proof.ts'
import { bareRoot } from '../support/bare-root.ts'
import { lacks, openPlace, type Place } from './place.ts'
import { noMariadb, startMariadb } from './servers.ts'

const CONTACTS = 'contacts: ["on call: +1 555 0100", "the key of age is in the safe, envelope 7"]'

/** The commands of the sheet, in its order. */
function commandsIn(sheet: string): readonly string[] {
  return [...sheet.matchAll(/^ {4}(?<block>\S.*)$|`(?<inline>sh [^`]+)`/gmu)].map(({ groups }) => groups?.['block'] ?? groups?.['inline'] ?? '')
}

function fill(place: Place): void {
  place.shell(
    "mkdir -p www/sub; for i in $(seq 500); do head -c 20000 /dev/urandom >www/sub/file-$i; done; ln -s sub/file-1 www/link; chmod 640 www/sub/file-2; chown 33:33 www/sub/file-3; printf x >'www/odd name'",
  )
}

describe('the recovery kit', { skip: noMariadb }, () => {
  it('brings back files and a database in a bare root, without Holdfast', async (t) => {
    const place = openPlace(t)
    fill(place)
    const server = await startMariadb(place)
    server.sql('', 'create database shop')
    server.sql(
      'shop',
      "create table orders (n int primary key, s varchar(40)); insert into orders select seq, concat('row ', seq) from seq_1_to_20000",
    )
    place.configure(
      `{ www: { files: { paths: [${place.folder}/www] } }, db: { mariadb: { databases: [shop], ${server.connect} } }, facts: { host-facts: {} } }`,
      CONTACTS,
    )
    assert.equal(place.run('-q', 'run').status, 0)
    const kit = place.run('kit')
    assert.deepEqual([kit.status, kit.stderr], [0, ''])
    assert.match(kit.stdout, /- on call: \+1 555 0100\n- the key of age is in the safe, envelope 7\n/u)
    assert.doesNotMatch(kit.stdout, /CANARY|ARY/u)

    const bare = bareRoot('awk', 'mariadb', 'touch')
    t.after(() => bare.remove())
    for (const table of ['passwd', 'group'])
      writeFileSync(join(bare.folder, 'etc', table), `root:x:0:0:root:/root:/bin/sh\n${table === 'passwd' ? '' : 'mysql:x:999:me\n'}`)
    const set = place.newestSet()
    const name = basename(set)
    const commands = commandsIn(kit.stdout)
    assert.ok(commands.includes(`cp -R ${set} .`), kit.stdout)
    mkdirSync(join(bare.folder, 'mnt'))
    // What the first command of the sheet does from another machine.
    cpSync(set, join(bare.folder, 'mnt', name), { recursive: true })
    place.shell(`chmod 711 ${bare.folder}; mkdir ${bare.folder}/srv`)
    const inside: Place = { ...place, folder: join(bare.folder, 'srv'), shell: (script) => place.shell(`cd ${bare.folder}/srv; ${script}`) }
    const fresh = await startMariadb(inside, 'fresh')
    bare.write('root/.my.cnf', '[client]\nsocket=/srv/fresh/socket\nuser=root\n')

    const rows: string[] = []
    const run = (command: string, environment: Readonly<Record<string, string>> = {}) => {
      const startedMs = performance.now()
      const outcome = bare.run(['sh', '-c', `cd /mnt && ${command.replaceAll('SET', name)}`], { HOME: '/root', ...environment })
      assert.equal(outcome.status, 0, `${command}\n${outcome.stdout}${outcome.stderr}`)
      rows.push(row(`\`${command}\``, `${((performance.now() - startedMs) / 1000).toFixed(1)} s`))
      return outcome
    }
    const sheet = commands.filter((it) => it.startsWith('sh '))
    assert.deepEqual(sheet, [
      'sh SET/restore.sh -c',
      'sh SET/restore.sh /mnt/restored',
      'sh /mnt/restored/facts.tar.zst.d/host-facts/rebuild.sh',
      'sh SET/restore.sh -s /mnt/restored db.sql.zst',
    ])
    for (const command of sheet.slice(0, 3)) run(command)
    run(`${sheet[2]} disks mounts users name data`)
    run(sheet[3] ?? '')

    const restored = join(bare.folder, 'mnt/restored/www.tar.zst.d', place.folder, 'www')
    assert.equal(spawnSync('diff', ['-r', '--no-dereference', join(place.folder, 'www'), restored]).status, 0)
    const { mode, uid } = lstatSync(join(restored, 'sub/file-3'))
    assert.deepEqual(
      [lstatSync(join(restored, 'sub/file-2')).mode & 0o777, uid, mode & 0o777],
      [0o640, 33, lstatSync(join(place.folder, 'www/sub/file-3')).mode & 0o777],
    )
    const checksum = 'checksum table orders; select count(*) from orders'
    assert.equal(fresh.sql('shop', checksum), server.sql('shop', checksum))
    const accounts = readFileSync(join(bare.folder, 'etc/passwd'), 'utf8')
    for (const line of readFileSync('/etc/passwd', 'utf8').trim().split('\n').slice(1)) assert.ok(accounts.includes(`\n${line}\n`), line)
    assert.equal(readFileSync(join(bare.folder, 'etc/hostname'), 'utf8'), readFileSync('/etc/hostname', 'utf8'))
    keepProof('recovery', [row('command', 'time'), row('---', '--:'), ...rows])
  })
})

describe('the recovery sheet', { skip: lacks('age', 'age-keygen', 'zstd') }, () => {
  it('lists storages, keys and what is missing, and nothing secret', (t) => {
    const place = openPlace(t)
    place.shell('mkdir www; echo x >www/f')
    const recipient = place.shell('age-keygen -o key 2>/dev/null; age-keygen -y key').trim()
    place.configure(
      `{ www: { files: { paths: [${place.folder}/www] } } }`,
      `keys: { ops: { age: ${recipient} }, pass: { passphrase: "\${env:TOLD_SECRET}" } }\ndefaults: { encrypt: ops }`,
    )
    const before = place.run('kit')
    assert.match(before.stdout, /None\. Add them[\s\S]*There was no complete set\./u)
    assert.equal(before.status, 0)
    assert.equal(place.run('-q', 'run').stderr, '')
    const { status, stdout } = place.run('kit', 'nightly')
    assert.equal(status, 0)
    assert.match(stdout, new RegExp(`age, the secret key of ${recipient}`, 'u'))
    assert.match(stdout, /www\.tar\.zst\.age: files, [\d.]+ (?:B|KiB), needs a key\n/u)
    assert.match(stdout, /The sets contain no host facts/u)
    assert.doesNotMatch(stdout, /CANARY/u)
    assert.equal((JSON.parse(place.run('kit', '--json').stdout) as { keys: unknown[] }).keys.length, 1)
    place.shell('mv root away; echo file >root')
    const broken = place.run('kit')
    assert.deepEqual([broken.status, /\*\*Incomplete/u.test(broken.stdout)], [1, true])
  })
})

describe('rebuild --plan', () => {
  it('prints the script of the host facts of a set, and runs nothing', (t) => {
    const place = openPlace(t)
    place.configure('{ facts: { host-facts: {} } }')
    assert.equal(place.run('-q', 'run').status, 0)
    const { status, stdout, stderr } = place.run('rebuild', '--plan')
    assert.deepEqual([status, stderr], [0, ''])
    assert.match(stdout, /^#!\/bin\/sh\n# A plan for rebuilding a host/u)
    assert.match(stdout, /^step_packages\(\)/mu)
    for (const words of [['latest'], ['nightly'], ['nightly', basename(place.newestSet())]])
      assert.equal(place.run('rebuild', '--plan', ...words).stdout, stdout)
    const checked = spawnSync('shellcheck', ['-s', 'sh', '-'], { input: stdout, encoding: 'utf8' })
    if (!checked.error) assert.equal(checked.stdout, '')
    const script = join(place.folder, 'rebuild.sh')
    writeFileSync(script, stdout)
    assert.match(place.shell(`sh ${script}`), /^Steps, in this order: disks mounts /u)
    assert.equal(spawnSync('sh', [script, 'nonsense']).status, 2)
    assert.match(place.run('rebuild').stderr, /missing option --plan/u)
    assert.match(place.run('rebuild', '--plan', 'nightly', '2001-01-01').stderr, /no set at or before/u)
    assert.equal(existsSync(join(place.folder, 'root/host-facts')), false)
  })

  it('lists the missing facts if there are none', (t) => {
    const place = openPlace(t)
    place.configure('{ x: { exec: [echo, x] } }')
    const { status, stderr } = place.run('rebuild', '--plan')
    assert.deepEqual([status, /no task stores host facts/u.test(stderr), /host-facts: \{\}/u.test(stderr)], [1, true, true])
  })

  it('merges accounts: existing ones are kept, groups get their members, numbers are not given twice', (t) => {
    const place = openPlace(t)
    place.configure('{ facts: { host-facts: {} } }')
    assert.equal(place.run('-q', 'run').status, 0)
    place.shell(`sh ${place.newestSet()}/restore.sh ${place.folder}/restored`)
    const facts = join(place.folder, 'restored/facts.tar.zst.d/host-facts')
    rmSync(join(facts, 'files/etc'), { recursive: true, force: true })
    mkdirSync(join(facts, 'files/etc'), { recursive: true })
    const root = join(place.folder, 'new')
    mkdirSync(join(root, 'etc'), { recursive: true })
    const write = (folder: string, table: string, lines: readonly string[]) =>
      writeFileSync(join(folder, 'etc', table), lines.map((it) => `${it}\n`).join(''))
    write(join(facts, 'files'), 'passwd', ['root:x:0:0:old:/root:/bin/sh', 'alice:x:1000:1000::/home/alice:/bin/sh', 'db:x:101:101::/:/bin/false'])
    write(join(facts, 'files'), 'group', ['root:x:0:', 'sudo:x:27:alice,bob', 'alice:x:1000:'])
    write(join(facts, 'files'), 'shadow', ['root:old:1::::::', 'alice:$6$hash:1::::::'])
    write(join(facts, 'files'), 'fstab', ['# comment', 'UUID=1 / ext4 defaults 0 1', 'UUID=2 /srv/data\\040x ext4 defaults 0 2'])
    write(root, 'passwd', ['root:x:0:0:new:/root:/bin/sh', 'web:x:101:101::/:/bin/false'])
    write(root, 'group', ['root:x:0:', 'sudo:x:27:bob', 'web:x:101:'])
    write(root, 'shadow', ['root:new:2::::::'])
    const steps = () =>
      spawnSync('sh', [join(facts, 'rebuild.sh'), 'users', 'mounts'], { env: { PATH: process.env['PATH'], ROOT: root }, encoding: 'utf8' })
    for (const { status, stderr } of [steps(), steps()])
      assert.deepEqual([status, stderr], [0, 'conflict in passwd: the number 101 of db belongs to web\n'])
    const read = (table: string) => readFileSync(join(root, 'etc', table), 'utf8')
    assert.equal(read('passwd'), 'root:x:0:0:new:/root:/bin/sh\nweb:x:101:101::/:/bin/false\nalice:x:1000:1000::/home/alice:/bin/sh\n')
    assert.equal(read('group'), 'root:x:0:\nsudo:x:27:bob,alice\nweb:x:101:\nalice:x:1000:\n')
    assert.equal(read('shadow'), 'root:new:2::::::\nalice:$6$hash:1::::::\n')
    assert.deepEqual([existsSync(join(root, 'srv/data x')), read('fstab.old').includes('UUID=2')], [true, true])
  })
})
