import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { rotate } from '../../src/backup/keep/rotate.ts'
import { openSetStore } from '../../src/backup/store/open-set-store.ts'
import { anyFolder } from '../../src/files/tree/remove-proven.ts'
import type { LocalfsStorageSpec } from '../../src/plan/plan.ts'
import { bootId, hostId, processStart } from '../../src/process/identity/host-id.ts'
import { isAlive } from '../../src/storage/work/work-entry.ts'
import { ATTACKER, asAttacker, attackersFolder, keepsSwapping } from '../support/attacker.ts'
import { call, closeLocalfs, exitCodeOf, type Localfs, nextRun, openLocalfs, publishFiles } from '../support/localfs.ts'
import { makeSet } from '../support/sets.ts'
import { attack } from './attack.ts'

const OWNER = 'a local user who owns the root of the sets'
const SET = '2026-01-02T03:04:05+00:00'
const NEEDS = ['root', 'setpriv']

/** The root of sets that the attacker owns. */
function attackersRoot(t: TestContext): string {
  const root = join(attackersFolder(t), 'sets')
  asAttacker('mkdir "$1"', root)
  return root
}

/** A folder that only root may enter, with something in it that looks like a dead run's work. */
function secretFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-secret-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'X/set'), { recursive: true })
  writeFileSync(join(folder, 'X/set/precious'), 'precious')
  writeFileSync(join(folder, 'X/lock'), '')
  return folder
}

function setsIn(root: string, changes: Partial<LocalfsStorageSpec> = {}) {
  const storage = openLocalfs(root, changes)
  const spec = { kind: 'localfs', root, folderMode: 0o750, fileMode: 0o640, completeWhen: 'manifest', ...changes } as const
  return { storage, sets: openSetStore(storage, spec) }
}

async function beginAndAbandon({ folders }: Localfs): Promise<void> {
  await (await folders.begin(nextRun(), call)).abandon()
}

const PLANTED = [
  { name: 'a FIFO as the record of a run', plant: 'mkdir "$1/X"; mkfifo "$1/X/run.json"' },
  { name: 'a FIFO as the record of processes', plant: 'mkdir "$1/X"; echo "$2" > "$1/X/run.json"; mkfifo "$1/X/processes.jsonl"' },
  { name: 'a very large record', plant: 'mkdir "$1/X"; truncate -s 100G "$1/X/run.json"' },
  { name: 'a link to a device as the record', plant: 'mkdir "$1/X"; ln -s /dev/zero "$1/X/run.json"' },
  { name: 'a record that names a process of another user', plant: 'mkdir "$1/X"; echo "$2" > "$1/X/run.json"; echo "$3" > "$1/X/processes.jsonl"' },
  { name: 'a FIFO as the lock', plant: 'mkfifo "$1/lock"' },
  { name: 'a folder of a set that is being removed', plant: 'mkdir -p "$1/expire-1/set"; ln -s "$4" "$1/expire-1/set/link"' },
] as const

for (const { name, plant } of PLANTED) {
  attack(
    {
      name: `the work area is forged, with ${name}`,
      attacker: OWNER,
      how: 'creates the folder `.holdfast-work` with these contents; then root begins a set there',
      outcome: 'the run fails with the name of the folder and its owner; nothing in it is read or removed, and no process is ended',
      needs: NEEDS,
    },
    async (t) => {
      const root = attackersRoot(t)
      const area = join(root, '.holdfast-work')
      const victim = spawn('sleep', ['300'], { stdio: 'ignore' })
      t.after(() => victim.kill('SIGKILL'))
      const [boot, pid] = [bootId(), victim.pid ?? 0]
      const run = { runId: 'x', task: 'x', host: hostId(), boot, pid: 1, start: 1, tool: 'holdfast' }
      const record = { boot, pid, start: processStart(pid), program: 'sleep' }
      asAttacker(`mkdir "$1"; ${plant}`, area, JSON.stringify(run), JSON.stringify(record), secretFolder(t))
      const before = asAttacker('cd "$1" && find . | sort', area)
      await assert.rejects(beginAndAbandon(openLocalfs(root)), { code: 'storage/unsafe', message: /\.holdfast-work" belongs to user 65534/u })
      assert.equal(asAttacker('cd "$1" && find . | sort', area), before)
      assert.ok(isAlive({ boot, pid, start: processStart(pid) }), "the other's process lives")
    },
  )
}

attack(
  {
    name: 'the work area is replaced by a link to a folder of root',
    attacker: OWNER,
    how: 'continuously exchanges `.holdfast-work` and a link, as fast as the kernel permits, while root begins, publishes and expires sets there',
    outcome: 'each run succeeds or fails with an error; nothing in the folder of root is changed',
    needs: [...NEEDS, 'python3'],
  },
  async (t) => {
    const root = attackersRoot(t)
    const secret = secretFolder(t)
    const swapping = await keepsSwapping(t, join(root, '.holdfast-work'), secret)
    for (let round = 0; round < 12; round++) {
      const { storage } = setsIn(root)
      const work = await storage.folders.begin(nextRun(), call).catch(() => undefined)
      await work?.abandon()
      await publishFiles(storage, SET, { a: 'a' }).catch(() => undefined)
      await storage.folders.withRootLock(call, () => storage.folders.expire(SET, call, anyFolder)).catch(() => undefined)
      await storage.close()
    }
    assert.ok(Number(await swapping.stop()) > 0)
    assert.deepEqual(readdirSync(secret), ['X'])
    assert.deepEqual(readdirSync(join(secret, 'X')).toSorted(), ['lock', 'set'])
    assert.equal(readFileSync(join(secret, 'X/set/precious'), 'utf8'), 'precious')
  },
)

attack(
  {
    name: 'the path of the root is a link to sets of root',
    attacker: 'a local user who owns the folder above the root',
    how: 'replaces the root by a link to a folder with sets of root; then root lists, makes and rotates sets there',
    outcome: 'each command fails with the name of the link and its owner; with `trust-root`, the link is followed',
    needs: NEEDS,
  },
  async (t) => {
    const secret = secretFolder(t)
    const own = setsIn(join(secret, 'sets'))
    for (const hour of [1, 2, 3]) await makeSet(own.sets, call, { began: new Date(Date.UTC(2026, 0, hour)), objects: { a: 'a' } })
    const path = join(attackersFolder(t), 'sets')
    asAttacker('ln -s "$2" "$1"', path, join(secret, 'sets'))
    const { storage, sets } = setsIn(path)
    const refused = { message: /user 65534 can change the link ".*\/sets" in the path/u, code: 'storage/unsafe' }
    await assert.rejects(sets.list(call), refused)
    await assert.rejects(beginAndAbandon(storage), refused)
    const request = { step: 'x', policy: { copies: 1n }, current: undefined, emit: () => undefined }
    await assert.rejects(rotate(sets, request, call), { message: refused.message })
    assert.equal((await own.sets.list(call)).length, 3)
    assert.equal((await setsIn(path, { trustRoot: true }).sets.list(call)).length, 3)
  },
)

attack(
  {
    name: 'newer sets are forged so that good ones expire',
    attacker: 'a local user who can create folders in the root, which has the sticky bit, like /tmp',
    how: 'creates folders that look like newer complete sets; then root rotates the sets',
    outcome: 'sets of other users are neither listed nor counted, and the sets of root are kept',
    needs: NEEDS,
  },
  async (t) => {
    const root = mkdtempSync(join(tmpdir(), 'holdfast-shared-'))
    t.after(() => rmSync(root, { recursive: true, force: true }))
    chmodSync(root, 0o1777)
    const { storage, sets } = setsIn(root)
    const name = await makeSet(sets, call, { began: new Date('2026-01-01T00:00:00Z'), objects: { a: 'a' } })
    const copy = readFileSync(join(root, name, 'manifest.json'), 'utf8')
    for (const day of ['05', '06', '07'])
      asAttacker('mkdir "$1"; printf %s "$2" > "$1/manifest.json"', join(root, `2026-01-${day}T00:00:00+00:00`), copy)
    const folders = setsIn(root, { completeWhen: 'folder' }).sets
    for (const it of [sets, folders]) {
      await rotate(it, { step: 'x', policy: { copies: 1n }, current: undefined, emit: () => undefined }, call)
      assert.deepEqual(
        (await it.list(call)).map((set) => set.name),
        [name],
      )
    }
    assert.match(storage.notes.join('\n'), /" is writable by others: users with write access can replace, remove or add sets \(.*chmod o-w/u)
  },
)

for (const [what, script, program] of [
  ['a group of the attacker and the setgid bit', 'chmod 2777 "$1"', 'chmod'],
  ['a default ACL for the attacker', 'setfacl -d -m u:65534:rwx,g:65534:rwx "$1"', 'setfacl'],
] as const) {
  attack(
    {
      name: `the root has ${what}`,
      attacker: OWNER,
      how: 'prepares the folder; then root makes a set there; the attacker tries to read its files, and again after a rotation',
      outcome: 'the attacker cannot read the set, and the owner of the folder is reported',
      needs: [...NEEDS, program],
    },
    async (t) => {
      const root = attackersRoot(t)
      asAttacker(script, root)
      const { storage, sets } = setsIn(root)
      const name = await makeSet(sets, call, { began: new Date('2026-01-01T00:00:00Z'), objects: { 'd/a': 'secret' } })
      assert.equal(statSync(join(root, name)).gid, 0)
      for (const path of ['', 'd', 'd/a', 'manifest.json'])
        assert.equal(asAttacker('if test -r "$1"; then echo open; fi', join(root, name, path)), '', path)
      assert.match(storage.notes.join('\n'), /" belongs to user 65534: /u)
    },
  )
}

for (const [what, script, program] of [
  ['a group of the attacker and the setgid bit', 'chmod 2777 "$1"', 'chmod'],
  ['a default ACL for the attacker', 'setfacl -d -m u:65534:rwx,g:65534:rwx "$1"', 'setfacl'],
] as const) {
  attack(
    {
      name: `the root is created in a folder that has ${what}`,
      attacker: 'a local user who owns the folder above the root of the sets',
      how: 'prepares the folder; then root creates its root and a set there, twice; the attacker tries to read the sets and to create files in the root',
      outcome: 'the attacker cannot read the sets, and can create nothing in the root',
      needs: [...NEEDS, program],
    },
    async (t) => {
      const home = attackersFolder(t)
      asAttacker(script, home)
      const root = join(home, 'deep/sets')
      for (const day of ['01', '02']) {
        const { sets } = setsIn(root)
        const name = await makeSet(sets, call, { began: new Date(`2026-01-${day}T00:00:00Z`), objects: { 'd/a': 'secret' } })
        for (const path of ['', 'd', 'd/a', 'manifest.json'])
          assert.equal(asAttacker('if test -r "$1"; then echo open; fi', join(root, name, path)), '', path)
        for (const folder of [join(home, 'deep'), root]) {
          assert.equal(asAttacker('if test -w "$1"; then echo open; fi', folder), '', folder)
          assert.equal(statSync(folder).gid, 0)
        }
        await closeLocalfs()
      }
    },
  )
}

attack(
  {
    name: 'a folder of a set is replaced by a link to a folder of root',
    attacker: 'a local user who owns the folders of the sets',
    how: 'replaces a folder inside a set by a link to a folder that contains a file of the same name; then root reads the object',
    outcome: 'the object counts as missing',
    needs: NEEDS,
  },
  async (t) => {
    const root = attackersRoot(t)
    const { storage, sets } = setsIn(root)
    const name = await makeSet(sets, call, { began: new Date('2026-01-01T00:00:00Z'), objects: { 'set/precious': 'precious' } })
    execFileSync('chown', ['-R', `${ATTACKER.uid}:${ATTACKER.gid}`, root])
    asAttacker('cd "$1" && chmod u+w . && rm -r set && ln -s "$2" set', join(root, name), join(secretFolder(t), 'X/set'))
    await assert.rejects(storage.get(`${name}/set/precious`, call), { code: 'storage/not-found' })
    const listed = []
    for await (const { key } of storage.list(`${name}/`, call)) listed.push(key)
    assert.deepEqual(
      listed.filter((key) => key.includes('precious')),
      [],
    )
  },
)

attack(
  {
    name: 'a folder to be removed contains a bind mount',
    attacker: 'none: a forgotten mount of a folder on the same file system',
    how: 'a bind mount is in a set that expires, and in the work folder of a dead run',
    outcome: 'nothing in the mounted folder is removed; the mount point is kept and reported',
    needs: ['root'],
  },
  async (t) => {
    const root = mkdtempSync(join(tmpdir(), 'holdfast-bound-'))
    const secret = secretFolder(t)
    t.after(async () => {
      await closeLocalfs()
      for (const folder of execFileSync('find', [root, '-name', 'bound'], { encoding: 'utf8' }).split('\n')) exitCodeOf('umount', '-l', folder)
      rmSync(root, { recursive: true, force: true })
    })
    const bind = (folder: string) => {
      mkdirSync(join(folder, 'bound'), { recursive: true })
      assert.equal(exitCodeOf('mount', '--bind', join(secret, 'X/set'), join(folder, 'bound')), 0)
    }
    const storage = openLocalfs(root)
    await publishFiles(storage, SET, { a: 'a', 'd/b': 'b' })
    bind(join(root, SET, 'd'))
    await assert.rejects(
      storage.folders.withRootLock(call, () => storage.folders.expire(SET, call, anyFolder)),
      { message: /a file system is mounted on ".*\/set\/d\/bound"/u },
    )
    assert.ok(!existsSync(join(root, SET)))
    const dead = join(root, '.holdfast-work/dead')
    mkdirSync(join(dead, 'set'), { recursive: true })
    writeFileSync(join(dead, 'run.json'), JSON.stringify({ runId: 'dead', task: 'x', host: hostId(), boot: 'another', pid: 1, start: 1, tool: 'x' }))
    bind(join(dead, 'set'))
    await beginAndAbandon(storage)
    assert.match(storage.notes.join('\n'), /a file system is mounted on ".*\/dead\/set\/bound"/u)
    assert.equal(readFileSync(join(secret, 'X/set/precious'), 'utf8'), 'precious')
  },
)

attack(
  {
    name: 'the root contains a dead run of its owner',
    attacker: OWNER,
    how: 'a run of that user was killed there and has left `.holdfast-work`; root uses the root with `trust-root`',
    outcome: 'the set is made; the remains are treated as those of a dead run, and no process is ended because of their records',
    needs: NEEDS,
  },
  async (t) => {
    const root = attackersRoot(t)
    const victim = spawn('sleep', ['300'], { stdio: 'ignore' })
    t.after(() => victim.kill('SIGKILL'))
    const [boot, pid] = [bootId(), victim.pid ?? 0]
    const run = { runId: 'x', task: 'x', host: hostId(), boot, pid: 999_999_999, start: 1, tool: 'holdfast' }
    asAttacker(
      'mkdir -m 700 "$1" && mkdir -p "$1/X/set" && echo "$2" > "$1/X/run.json" && echo "$3" > "$1/X/processes.jsonl"',
      join(root, '.holdfast-work'),
      JSON.stringify(run),
      JSON.stringify({ boot, pid, start: processStart(pid), program: 'sleep' }),
    )
    const { storage, sets } = setsIn(root, { trustRoot: true })
    const name = await makeSet(sets, call, { began: new Date('2026-01-01T00:00:00Z'), objects: { a: 'a' } })
    assert.deepEqual(
      readdirSync(root).filter((it) => !it.startsWith('.')),
      [name],
    )
    assert.deepEqual(storage.notes, [])
    assert.ok(isAlive({ boot, pid, start: processStart(pid) }))
  },
)

attack(
  {
    name: 'a folder of root has the name of an old set',
    attacker: OWNER,
    how: 'renames a folder beside the sets that only root can enter, so that its name is that of an old set; then root rotates sets that count by their folder',
    outcome:
      'the folder is unchanged, and the rotation fails with its name; sets with a manifest are removed as usual; with `trust-root`, its name counts',
    needs: NEEDS,
  },
  async (t) => {
    const root = attackersRoot(t)
    mkdirSync(join(root, 'private'), { mode: 0o700 })
    writeFileSync(join(root, 'private/precious'), 'precious')
    const planted = '2025-01-01T00:00:00+00:00'
    asAttacker('mv "$1/private" "$1/$2"', root, planted)
    const { storage, sets } = setsIn(root, { completeWhen: 'folder' })
    const names: string[] = []
    for (const day of ['01', '02']) names.push(await makeSet(sets, call, { began: new Date(`2026-01-${day}T00:00:00Z`), objects: { a: 'x' } }))
    await assert.rejects(
      sets.exclusively(call, () => sets.expire(planted, call)),
      { code: 'storage/unsafe', message: /2025-01-01.*contains no manifest/u },
    )
    assert.equal(readFileSync(join(root, planted, 'precious'), 'utf8'), 'precious')
    await sets.exclusively(call, () => sets.expire(names[0] ?? '', call))
    assert.ok(!existsSync(join(root, names[0] ?? '')))
    await closeLocalfs()
    const trusting = setsIn(root, { completeWhen: 'folder', trustRoot: true })
    await trusting.sets.exclusively(call, () => trusting.sets.expire(planted, call))
    assert.ok(!existsSync(join(root, planted)))
    assert.match(storage.notes.join(), /belongs to user/u)
  },
)
