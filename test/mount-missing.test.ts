import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { checkout, openPlace } from './palhm/place.ts'

const cannotMount = spawnSync('unshare', ['--mount', 'true']).status === 0 || process.env['CI'] !== undefined ? false : 'mounting needs root'

// Everything that a command line can do with a storage, each with how it ends when a storage is not there.
const USES: readonly (readonly [string, number])[] = [
  ['run nightly', 1],
  ['run to', 1],
  ['run from --strict', 1],
  ['sets nightly', 1],
  ['verify nightly all', 1],
  ['restore nightly --to restored --storage disk', 1],
  ['rotate nightly', 1],
  ['check nightly', 2],
  ['storage check disk', 1],
  ['run nightly --dry-run', 1],
]

/** A storage on a file system that is mounted for one run, in a mount namespace that ends with the program, and then `commands`. Gives the exit codes. */
function afterUnmounting(t: TestContext, disk: string, commands: readonly string[]) {
  const place = openPlace(t)
  const mount = join(place.top, 'mount')
  mkdirSync(mount)
  const root = join(mount, 'sets')
  const config = place.write(
    'plan.yaml',
    `version: 1
storages:
  disk: { type: localfs, root: ${root}${disk.replaceAll('MOUNT', mount)} }
  other: { type: localfs, root: ${join(place.top, 'other')} }
tasks:
  nightly: { steps: [{ backup: { name: nightly, to: disk, objects: { a: { exec: [echo, a] } } } }] }
  elsewhere: { steps: [{ backup: { name: nightly, to: other, objects: { a: { exec: [echo, a] } } } }] }
  to: { steps: [{ copy: { name: nightly, from: other, to: disk } }] }
  from: { steps: [{ copy: { name: nightly, from: disk, to: other } }] }
`,
  )
  const holdfast = `"${checkout}/holdfast" -f "${config}"`
  const script = [
    `mount -t tmpfs tmpfs "${mount}"`,
    `${holdfast} -q run nightly && ${holdfast} -q run elsewhere`,
    `umount "${mount}"`,
    ...commands.map((it) => `echo "== ${it}"; ${holdfast} ${it} 2>&1; echo "== $?"`),
  ].join(' || exit 99\n')
  const env = { PATH: process.env['PATH'], HOME: place.top, HOLDFAST_STATE: join(place.top, 'state') }
  const { status, stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', script], { cwd: place.run, env, encoding: 'utf8' })
  assert.equal(status, 0, `${stdout}${stderr}`)
  const ended = stdout.split(/^== (?=[a-z])/mu).slice(1)
  return { ended, left: readdirSync(mount), restored: existsSync(join(place.run, 'restored')), mount, root }
}

describe('a storage whose file system is not mounted', { skip: cannotMount }, () => {
  it('is refused by everything that uses it, where the plan requires the mount', (t) => {
    const { ended, left, restored, mount } = afterUnmounting(t, ', require-mount: MOUNT', [
      ...USES.map(([use]) => use),
      'sets nightly --storage disk --accept-root',
    ])
    for (const [index, [use, code]] of USES.entries()) {
      assert.match(ended[index] ?? '', new RegExp(`^${use}\n.*\n== ${code}\n$`, 'su'))
      assert.ok(ended[index]?.includes(`nothing is mounted at "${mount}"`), ended[index])
    }
    assert.match(ended.at(-1) ?? '', /nothing is mounted at[\s\S]*\n== 1\n$/u, 'no option says otherwise')
    assert.deepEqual([left, restored], [[], false], 'nothing was made below the mount point, nor restored')
  })

  it('is refused if the last set was stored on the mount, unless an option accepts it', (t) => {
    const refused = ['rotate nightly --storage disk', 'sets nightly --storage disk']
    const accepted = ['sets nightly', 'rotate nightly', 'storage check disk', 'run nightly'].map((it) => `${it} --accept-root`)
    const { ended, mount } = afterUnmounting(t, '', [...refused, ...accepted, 'sets nightly'])
    for (const text of ended.slice(0, 2)) {
      assert.match(text, /\n== 1\n$/u)
      assert.ok(text.includes(`"${mount}" is not mounted, but the sets of`), text)
    }
    for (const text of ended.slice(2)) assert.match(text, /\n== 0\n$/u)
    assert.match(ended[2] ?? '', /mount\/sets\/nightly .*: no sets\n/u)
    assert.match(ended.at(-1) ?? '', /mount\/sets\/nightly [\s\S]*complete/u)
  })
})
