import assert from 'node:assert/strict'
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { hostId } from '../../src/process/identity/host-id.ts'
import { openSetup, type Setup } from '../faults/setup.ts'
import { runWell } from '../faults/simple-plan.ts'
import { asAttacker, attackersFolder, attacking, keepsSwapping } from '../support/attacker.ts'
import { attack } from './attack.ts'

const USER = 'a local user who owns the destination of a restore by root'

/** An archive, and a file in a folder, restored by root into a folder of the attacker; and a folder of root that he would like to have written to. */
async function scene(t: TestContext): Promise<{
  readonly setup: Setup
  readonly to: string
  readonly rootOnly: string
  restore(...more: readonly string[]): ReturnType<Setup['start']>
}> {
  const setup = openSetup(t, undefined, 'holdfast.yaml')
  const source = join(setup.top, 'source')
  const rootOnly = join(setup.top, 'root-only')
  mkdirSync(source)
  mkdirSync(rootOnly, { mode: 0o700 })
  for (let index = 0; index < 300; index++) writeFileSync(join(source, `f${index}`), `${index}`)
  const objects = { 'files.tar': { files: { paths: [source] } }, 'sub/b': { exec: { argv: ['echo', 'b'] } } }
  setup.configure({
    version: 1,
    storages: { local: { type: 'localfs', root: setup.root } },
    tasks: { default: { steps: [{ backup: { objects } }] } },
  })
  await runWell(setup)
  chmodSync(setup.top, 0o711)
  const to = attackersFolder(t)
  return { setup, to, rootOnly, restore: (...more) => setup.start(['-q', 'restore', 'default', 'latest', '--to', to, ...more]) }
}

attack(
  {
    name: 'a folder in the destination is replaced by a link',
    attacker: USER,
    how: 'continuously exchanges the folder `sub` of the destination and a link to a folder of root, as fast as the kernel permits, during ten restores',
    outcome: 'each restore succeeds or reports the conflict; the folder of root remains empty',
    needs: ['root', 'setpriv', 'python3', 'tar'],
  },
  async (t) => {
    const { to, rootOnly, restore } = await scene(t)
    asAttacker('mkdir "$1/sub"', to)
    const swapping = await keepsSwapping(t, join(to, 'sub'), rootOnly)
    for (let round = 0; round < 10; round++) {
      const { code, stderr } = await restore('--overwrite')
      assert.ok(code === 0 || /already exists|replaced|cannot|could not|not a folder/u.test(stderr), stderr)
    }
    assert.ok(Number(await swapping.stop()) > 0)
    assert.deepEqual(readdirSync(rootOnly), [])
  },
)

attack(
  {
    name: 'the staging folder of a restore is replaced by a link',
    attacker: USER,
    how: 'waits for the hidden folder of a restore, renames it, and creates a link to a folder of root in its place, during five restores of an archive',
    outcome:
      'the archive is unpacked in the renamed folder and put in place from there, or the restore reports that it could not create its folder; the folder of root remains empty',
    needs: ['root', 'setpriv', 'python3', 'tar'],
  },
  async (t) => {
    const { to, rootOnly, restore } = await scene(t)
    const swapping = await attacking(t, ['python3', '-c', SWAP_STAGING, to, rootOnly])
    for (let round = 0; round < 5; round++) {
      const { code, stderr } = await restore('--overwrite')
      if (code !== 0) assert.match(stderr, /could not create the folder ".*\.holdfast-/u)
      else assert.deepEqual([readFileSync(join(to, 'sub/b'), 'utf8'), lstatSync(join(to, 'sub/b')).uid], ['b\n', 0])
    }
    assert.ok(Number(await swapping.stop()) > 0)
    assert.deepEqual(readdirSync(rootOnly), [])
  },
)

const SWAP_STAGING = `
import os, signal, sys
to, target = sys.argv[1:]
count, going = 0, True
def stop(*_):
    global going
    going = False
signal.signal(signal.SIGTERM, stop)
print('ready', flush=True)
while going:
    for name in os.listdir(to):
        path = os.path.join(to, name)
        if not name.startswith('.holdfast-') or os.path.islink(path): continue
        try:
            os.rename(path, os.path.join(to, 'mine-%d' % count))
            os.symlink(target, path)
            count += 1
        except OSError: pass
print(count, flush=True)
`

attack(
  {
    name: 'the remains of a dead restore are forged',
    attacker: USER,
    how: 'creates hidden folders of a restore: one with a FIFO as its owner record, one whose record names a dead process and which contains a link to a folder of root, and one that is a link itself',
    outcome: 'the restore succeeds without waiting; the forged folders and the targets of the links are unchanged',
    needs: ['root', 'setpriv', 'mkfifo', 'tar'],
  },
  async (t) => {
    const { to, rootOnly, restore } = await scene(t)
    writeFileSync(join(rootOnly, 'precious'), 'x')
    asAttacker(
      `cd "$1"; p=.holdfast-restore-; mkdir $p''fifo $p''dead; mkfifo $p''fifo/owner.json; ln -s "$2" $p''link; ln -s "$2" $p''dead/out
       printf '{"host":"%s","boot":"another","pid":1,"start":1}' "$3" >$p''dead/owner.json`,
      to,
      rootOnly,
      hostId(),
    )
    const before = readdirSync(to)
    const { code, stderr } = await restore()
    assert.equal(code, 0, stderr)
    assert.deepEqual(
      readdirSync(to).filter((name) => name.startsWith('.')),
      before.toSorted(),
    )
    assert.deepEqual(readdirSync(rootOnly), ['precious'])
  },
)

attack(
  {
    name: 'the path of the destination contains a link of another user',
    attacker: 'a local user who owns the folder above the destination',
    how: 'creates a link to a folder of root as the destination, and as a folder above it',
    outcome: 'the restore fails with the name of the link; nothing is created in the folder of root',
    needs: ['root', 'setpriv'],
  },
  async (t) => {
    const { setup, to, rootOnly } = await scene(t)
    asAttacker('ln -s "$2" "$1/link"', to, rootOnly)
    for (const path of ['link', 'link/below', 'link/../link/x/y']) {
      const { code, stderr } = await setup.start(['-q', 'restore', 'default', 'latest', '--to', join(to, path)])
      assert.equal(code, 1, stderr)
      assert.match(stderr, /another user can change a link in the path .*: ".*link" belongs to user 65534/u)
    }
    assert.deepEqual(readdirSync(rootOnly), [])
    assert.ok(!existsSync(join(rootOnly, 'below')))
  },
)
