import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSetStore } from '../../src/backup/store/open-set-store.ts'
import type { BackupStep, LocalfsStorageSpec } from '../../src/plan/plan.ts'
import type { SyncStep } from '../../src/plan/steps/host-steps.ts'
import { ATTACKER, asAttacker, keepsSwapping } from '../support/attacker.ts'
import { command } from '../support/commands.ts'
import { closeLocalfs, openLocalfs } from '../support/localfs.ts'
import { runSteps } from '../support/run-steps.ts'
import { openScene, type Scene, SECRET } from './archive-scene.ts'
import { attack } from './attack.ts'

const NEEDS = ['root', 'setpriv', 'python3', 'rsync', 'unshare']
const environment = { kind: 'exactly', values: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } } as const

function sync(source: string, target: string): SyncStep {
  return { kind: 'sync', source, target, options: [], transferOptions: ['-a'], skipCompress: [], exclude: [], environment, searchPath: ['/usr/bin'] }
}

/** A folder of root with a file. */
function ownSource({ target }: Scene): string {
  const source = join(target, 'source')
  mkdirSync(join(source, 'sub'), { recursive: true })
  for (const name of ['planted', 'sub/planted']) writeFileSync(join(source, name), 'from the source')
  return source
}

attack(
  {
    name: 'the target of a sync step is exchanged for a link',
    attacker: 'a local user who owns the folder above the target',
    how: 'continuously exchanges the target and a link to a folder of root while sync steps copy to it',
    outcome: 'nothing is created in the folder of root',
    needs: NEEDS,
  },
  async (t) => {
    const place = openScene(t)
    const source = ownSource(place)
    const target = join(place.home, 'copy')
    asAttacker('mkdir -p "$1"', target)
    const undisturbed = await runSteps([sync(`${source}/`, `${target}/`)], place.processes)
    assert.equal(undisturbed.result.status, 'ok', undisturbed.failure)
    assert.ok(existsSync(join(target, 'sub/planted')))
    const before = readdirSync(place.secret, { recursive: true })
    const swapping = await keepsSwapping(t, target, place.secret)
    for (let round = 0; round < 8; round++) await runSteps([sync(`${source}/`, `${target}/`)], place.processes)
    await swapping.stop()
    assert.deepEqual(readdirSync(place.secret, { recursive: true }), before)
  },
)

attack(
  {
    name: 'a folder in the target of a sync step is a link',
    attacker: 'a local user who owns a folder in a target of root',
    how: 'replaces this folder by a link to a folder of root; the step has the option -K, with which rsync follows it as it does if the folder is replaced during the copy',
    outcome: 'nothing is created in the folder of root, although all folders above the target belong to root',
    needs: NEEDS,
  },
  async (t) => {
    const place = openScene(t)
    const source = join(place.target, 'source')
    const target = join(place.target, 'copy')
    asAttacker('mkdir -p "$1/home/sub"; echo x > "$1/home/sub/planted"', place.home)
    mkdirSync(source)
    mkdirSync(target, { recursive: true })
    for (const it of [place.target, source, target]) chmodSync(it, 0o755)
    cpSync(join(place.home, 'home'), join(source, 'home'), { recursive: true })
    for (const it of ['home', 'home/sub']) chownSync(join(source, it), ATTACKER.uid, ATTACKER.gid)
    const undisturbed = await runSteps([sync(`${source}/`, target)], place.processes)
    assert.equal(undisturbed.result.status, 'ok', undisturbed.failure)
    assert.ok(existsSync(join(target, 'home/sub/planted')))
    const before = readdirSync(place.secret, { recursive: true })
    asAttacker('rm -r "$1"; ln -s "$2" "$1"', join(target, 'home/sub'), place.secret)
    await runSteps([{ ...sync(`${source}/`, target), transferOptions: ['-a', '-K'] }], place.processes)
    assert.deepEqual(readdirSync(place.secret, { recursive: true }), before)
  },
)

attack(
  {
    name: 'the source of a sync step is a link of another user, or contains one',
    attacker: 'a local user who owns the folder above the source',
    how: 'replaces the source by a link to a folder of root; continuously exchanges a folder in the source and such a link',
    outcome: 'the step fails with the name of the link; no file of root is copied; with --trust-root, the link is followed',
    needs: NEEDS,
  },
  async (t) => {
    const place = openScene(t)
    const source = join(place.home, 'linked')
    asAttacker('ln -s "$2" "$1"', source, place.secret)
    const target = join(place.target, 'copy')
    const { failure, result } = await runSteps([sync(`${source}/`, target)], place.processes)
    assert.match(failure, /the symbolic link ".*linked" was not followed: other users can replace it/u)
    assert.match(result.error?.hint ?? '', /make root the owner of the link and its folder/u)
    const swapping = await keepsSwapping(t, join(place.source, 'a'), place.secret)
    for (let round = 0; round < 8; round++) {
      await runSteps([sync(`${place.source}/`, target)], place.processes)
      assert.equal(spawnSync('grep', ['-rl', SECRET, target], { encoding: 'utf8' }).stdout, '')
    }
    await swapping.stop()
    const trusted = await runSteps([sync(`${source}/`, target)], place.processes, { trustsFolders: true })
    assert.equal(trusted.result.status, 'ok')
    assert.equal(readFileSync(join(target, 'file'), 'utf8'), SECRET)
  },
)

attack(
  {
    name: 'a mount point is a link of another user',
    attacker: 'a local user who owns the folder above the mount point',
    how: 'replaces the mount point by a link to another mount, or to a folder of root; then root unmounts or mounts there',
    outcome: 'both steps fail with the name of what can be changed; the other mount remains, and nothing is mounted',
    needs: ['root', 'setpriv', 'mount', 'umount'],
  },
  async (t) => {
    const place = openScene(t)
    const other = join(place.target, 'other')
    mkdirSync(other)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', other])
    try {
      asAttacker('ln -s "$2" "$1/point"; ln -s "$3" "$1/new"; mkdir "$1/plain"', place.home, other, place.secret)
      const step = { kind: 'mount', options: [] } as const
      const unmounted = await runSteps([{ ...step, change: 'unmount', point: join(place.home, 'point') }], place.processes)
      assert.match(unmounted.failure, /other users can change ".*", and with it the mount point/u)
      for (const name of ['new', 'plain']) {
        const mounted = await runSteps(
          [{ ...step, change: 'mount', device: 'tmpfs', fsType: 'tmpfs', point: join(place.home, name) }],
          place.processes,
        )
        assert.match(mounted.failure, /could not mount at ".*": (?:the symbolic link|other users can change) "/u)
      }
      assert.equal(spawnSync('mountpoint', ['-q', other]).status, 0)
      assert.notEqual(spawnSync('mountpoint', ['-q', place.secret]).status, 0)
      const trusting = await runSteps([{ ...step, change: 'unmount', point: join(place.home, 'point') }], place.processes, { trustsFolders: true })
      assert.equal(trusting.result.status, 'ok')
    } finally {
      spawnSync('umount', ['-q', other])
    }
  },
)

attack(
  {
    name: 'the path of a source contains a link of another user',
    attacker: 'a local user who owns the folder above the source',
    how: 'replaces a folder on the path of a source of files, and an SQLite database, by links to those of root',
    outcome: 'the backup fails with the name of the link before anything is read; with --trust-root, the link is followed',
    needs: ['root', 'setpriv'],
  },
  async (t) => {
    const place = openScene(t)
    asAttacker('ln -s "$2" "$1/site"; ln -s "$2/file" "$1/app.db"', place.home, place.secret)
    for (const source of [
      { kind: 'files', paths: [join(place.home, 'site/sub')] },
      { kind: 'sqlite', path: join(place.home, 'app.db') },
    ] as const) {
      const object = { path: 'a', stages: [], group: 'a', after: [], source }
      const step = { kind: 'backup', name: 'b', targets: [], require: 'all', objects: [object] } as const
      const { failure } = await runSteps([step], place.processes)
      assert.match(failure, /other users can change the symbolic link ".*(?:site|app\.db)" in the path of the source/u)
    }
    const root = join(place.target, 'root')
    const storage: LocalfsStorageSpec = { kind: 'localfs', root, folderMode: 0o700, fileMode: 0o600, completeWhen: 'manifest' }
    const source = { kind: 'files', paths: [join(place.home, 'site/sub')] } as const
    const object = { path: 'a', stages: [command(['tar', '-cPf', '-', ...source.paths])], group: 'a', after: [], source }
    const step: BackupStep = { kind: 'backup', name: 'b', targets: [{ storage, keep: {} }], require: 'all', objects: [object] }
    const trusted = await runSteps([step], place.processes, {
      trustsFolders: true,
      openSets: async () => ({ sets: openSetStore(openLocalfs(root), storage), close: closeLocalfs }),
    })
    assert.equal(trusted.result.status, 'ok', trusted.failure)
    assert.match(spawnSync('grep', ['-rl', SECRET, root], { encoding: 'utf8' }).stdout, /\/a$/mu)
  },
)

attack(
  {
    name: 'the temporary folder of a copy of an SQLite database is shared',
    attacker: 'a local user who owns the temporary folder',
    how: 'renames a folder of root in it so that its name is that of a dead run; then root copies a database',
    outcome: 'the copy fails with the folder that can be changed, and nothing is removed',
    needs: ['root', 'setpriv'],
  },
  (t) => {
    const place = openScene(t)
    mkdirSync(join(place.home, 'private'), { mode: 0o700 })
    writeFileSync(join(place.home, 'private/copy'), SECRET)
    asAttacker('mv "$1/private" "$1/holdfast-sqlite-99999999-x"', place.home)
    const { status, stderr } = spawnSync(process.execPath, ['share/copy-sqlite.mjs', join(place.target, 'none.db'), place.home], { encoding: 'utf8' })
    assert.equal(status, 1)
    assert.match(stderr, /could not use the temporary folder .*: other users can rename folders in "/u)
    assert.equal(readFileSync(join(place.home, 'holdfast-sqlite-99999999-x/copy'), 'utf8'), SECRET)
  },
)

attack(
  {
    name: 'a file of root has the name of a file that SQLite creates beside a database',
    attacker: 'a local user who owns the database and its folder',
    how: 'renames a file of root beside the database to `-journal`, `-wal` and `-shm`, which SQLite, as root, writes to and gives to the owner of the database',
    outcome:
      'the copy fails with the name of the file, which is unchanged and still belongs to root; without such a file, the database is copied, and its log belongs to its owner',
    needs: ['root', 'setpriv', 'sqlite3'],
  },
  (t) => {
    const place = openScene(t)
    const create = 'cd "$1"; rm -f app.db*; sqlite3 app.db "pragma journal_mode = $2; create table t(a)" >log'
    const copy = () => spawnSync(process.execPath, ['share/copy-sqlite.mjs', join(place.home, 'app.db'), tmpdir()], { encoding: 'utf8' })
    for (const [mode, end] of [
      ['delete', 'journal'],
      ['wal', 'wal'],
      ['wal', 'shm'],
    ] as const) {
      asAttacker(create, place.home, mode)
      const path = join(place.home, `app.db-${end}`)
      writeFileSync(join(place.home, 'private'), SECRET, { mode: 0o600 })
      asAttacker('mv "$1" "$2"', join(place.home, 'private'), path)
      const { status, stderr } = copy()
      assert.equal(status, 1)
      assert.match(stderr, /the owner of the database cannot open ".*\/app\.db-\w+" \(EACCES\)/u)
      assert.deepEqual({ owner: statSync(path).uid, text: readFileSync(path, 'utf8') }, { owner: 0, text: SECRET })
    }
    asAttacker(create, place.home, 'wal')
    assert.equal(copy().status, 0)
    assert.equal(statSync(join(place.home, 'app.db-wal')).uid, ATTACKER.uid)
  },
)
