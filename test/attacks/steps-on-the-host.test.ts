import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SyncStep } from '../../src/plan/steps/host-steps.ts'
import { ATTACKER, asAttacker, keepsSwapping } from '../support/attacker.ts'
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
    await runSteps([sync(`${source}/`, target)], place.processes)
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
    const { failure } = await runSteps([sync(`${source}/`, target)], place.processes)
    assert.match(failure, /the symbolic link ".*linked" was not followed: other users can replace it/u)
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
