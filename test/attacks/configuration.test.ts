import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, lchownSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { openPlace, type Place } from '../palhm/place.ts'
import { ATTACKER } from '../support/attacker.ts'
import { attack } from './attack.ts'

interface Scene {
  readonly place: Place
  /** The folder of the configuration: `main.yaml`, `conf.d/more.yaml`, `secret`. */
  readonly folder: string
  /** Made by the step of the task. */
  readonly mark: string
  run(...options: readonly string[]): ReturnType<Place['start']>
}

/** A configuration with an include and a secret, whose task leaves a mark. */
function openScene(t: TestContext): Scene {
  const place = openPlace(t)
  // The attacker gets to what he may write.
  chmodSync(place.top, 0o755)
  const folder = join(place.run, 'etc')
  const mark = join(place.run, 'mark')
  place.write('etc/main.yaml', 'version: 1\ninclude: conf.d/*.yaml\n')
  place.write(
    'etc/conf.d/more.yaml',
    `tasks: { a: { environment: { SECRET: "\${file:${folder}/secret}" }, steps: [ { exec: [/bin/sh, -c, "echo $SECRET > ${mark}"] } ] } }\n`,
  )
  place.write('etc/secret', 'of-root\n')
  const run = (...options: readonly string[]) => place.start(['-f', join(folder, 'main.yaml'), ...options, 'run', 'a'], { as: 'holdfast' })
  return { place, folder, mark, run }
}

const give = (path: string) => lchownSync(path, ATTACKER.uid, ATTACKER.gid)

const UNSAFE: readonly { readonly what: string; readonly how: string; readonly plant: (scene: Scene) => void; readonly named: RegExp }[] = [
  {
    what: 'the configuration belongs to another user',
    how: 'owns it',
    plant: ({ folder }) => give(join(folder, 'main.yaml')),
    named: /main\.yaml" belongs to user 65534/u,
  },
  {
    what: 'the configuration is writable by a group',
    how: 'is a member of the group that can write to it',
    plant: ({ folder }) => {
      chownSync(join(folder, 'main.yaml'), 0, ATTACKER.gid)
      chmodSync(join(folder, 'main.yaml'), 0o664)
    },
    named: /main\.yaml" is writable by group 65534/u,
  },
  {
    what: 'the configuration is writable by all users',
    how: 'can write to it',
    plant: ({ folder }) => chmodSync(join(folder, 'main.yaml'), 0o646),
    named: /main\.yaml" is writable by others/u,
  },
  {
    what: 'an include belongs to another user',
    how: 'owns it',
    plant: ({ folder }) => give(join(folder, 'conf.d/more.yaml')),
    named: /more\.yaml" belongs to user/u,
  },
  {
    what: 'the folder of includes is writable by all users',
    how: 'creates a file there',
    plant: ({ folder }) => chmodSync(join(folder, 'conf.d'), 0o777),
    named: /conf\.d" is writable by others/u,
  },
  {
    what: 'a folder above the configuration belongs to another user',
    how: 'can replace its contents',
    plant: ({ place }) => give(place.run),
    named: /run" belongs to user 65534/u,
  },
  {
    what: 'a secret belongs to another user',
    how: 'owns it',
    plant: ({ folder }) => give(join(folder, 'secret')),
    named: /secret" belongs to user 65534/u,
  },
  {
    what: 'the configuration is a link of another user',
    how: 'creates a link to a file of root in a sticky folder',
    plant({ folder, place }) {
      mkdirSync(join(place.run, 'tmp'))
      chmodSync(join(place.run, 'tmp'), 0o1777)
      execFileSync('mv', [join(folder, 'main.yaml'), join(folder, 'real.yaml')])
      symlinkSync(join(folder, 'real.yaml'), join(place.run, 'tmp/link'))
      give(join(place.run, 'tmp/link'))
      symlinkSync(join(place.run, 'tmp/link'), join(folder, 'main.yaml'))
    },
    named: /tmp\/link" belongs to user 65534/u,
  },
]

for (const { what, how, plant, named } of UNSAFE) {
  attack(
    {
      name: what,
      attacker: 'a local user',
      how: `${how}; then root runs a task`,
      outcome:
        'the run fails before its first step, and prints the command that corrects the permissions; after that command, or with `--allow-unsafe-permissions`, it succeeds',
    },
    async (t) => {
      const scene = openScene(t)
      plant(scene)
      const { code, stderr } = await scene.run()
      assert.equal(code, 1, stderr)
      assert.match(stderr, named)
      assert.equal(existsSync(scene.mark), false)
      assert.equal((await scene.run('--allow-unsafe-permissions')).code, 0)
      assert.ok(existsSync(scene.mark))
      const commands = [...stderr.matchAll(/Run "(?<command>[^"]+)"/gu)].map((it) => it.groups?.['command'] ?? '')
      execFileSync('sh', ['-ec', commands.join('\n')])
      const mended = await scene.run()
      assert.equal(mended.code, 0, mended.stderr)
    },
  )
}

attack(
  {
    name: 'all files of a configuration can be changed by others',
    attacker: 'a local user',
    how: 'owns the include, and can write to the folder and the secret',
    outcome: 'all problems are reported at once, and no contents of the configuration are quoted',
  },
  async (t) => {
    const scene = openScene(t)
    give(join(scene.folder, 'conf.d/more.yaml'))
    chmodSync(scene.folder, 0o775)
    chownSync(scene.folder, 0, ATTACKER.gid)
    chmodSync(join(scene.folder, 'secret'), 0o606)
    for (const args of [['config', 'check'], ['config', 'show'], ['run', 'a'], ['enable', 'a'], ['sets']]) {
      const { code, stdout, stderr } = await scene.place.start(['-f', join(scene.folder, 'main.yaml'), ...args], { as: 'holdfast' })
      assert.equal(code, 1)
      for (const name of ['more.yaml" belongs', 'etc" is writable', 'secret" is writable']) assert.match(stdout + stderr, new RegExp(name, 'u'))
      assert.doesNotMatch(stdout + stderr, /SECRET/u)
    }
  },
)

attack(
  {
    name: 'an ACL permits a user to write the configuration',
    attacker: 'a local user with write access by an ACL',
    how: 'is listed in the ACL of a file that belongs to root and its group',
    outcome: 'the run fails: the mask of an ACL counts as write permission of the group',
    needs: ['root', 'setfacl'],
  },
  async (t) => {
    const scene = openScene(t)
    execFileSync('setfacl', ['-m', `u:${ATTACKER.uid}:rw`, join(scene.folder, 'main.yaml')])
    assert.equal(statSync(join(scene.folder, 'main.yaml')).gid, 0)
    const { code, stderr } = await scene.run()
    assert.equal(code, 1)
    assert.match(stderr, /main\.yaml" is writable by group 0/u)
  },
)

attack(
  {
    name: 'a configuration of root is in a folder that all users can write to',
    attacker: 'a local user',
    how: 'can write to its folder, which has the sticky bit, such as /tmp',
    outcome: 'the run succeeds: other users cannot replace the file',
  },
  async (t) => {
    const scene = openScene(t)
    chmodSync(scene.folder, 0o1777)
    const { code, stderr } = await scene.run()
    assert.equal(code, 0, stderr)
  },
)

const ENDLESS: readonly { readonly what: string; readonly plant: (path: string) => void; readonly named: RegExp }[] = [
  { what: 'a FIFO', plant: (path) => execFileSync('mkfifo', [path]), named: /is not a regular file/u },
  { what: 'a link to /dev/zero', plant: (path) => symlinkSync('/dev/zero', path), named: /is not a regular file/u },
  {
    what: 'a socket',
    plant: (path) => execFileSync('python3', ['-c', 'import socket,sys; socket.socket(1).bind(sys.argv[1])', path]),
    named: /is not a regular file/u,
  },
  { what: 'a file of a terabyte', plant: (path) => execFileSync('truncate', ['-s', '1T', path]), named: /is larger than/u },
]

for (const { what, plant, named } of ENDLESS) {
  attack(
    {
      name: `a configuration, include or secret is ${what}`,
      attacker: 'a user with write access, or an error',
      how: `replaces it by ${what}; then root runs a task`,
      outcome: 'the run fails immediately with the reason; it neither waits nor reads endlessly',
      needs: ['root', 'python3'],
    },
    async (t) => {
      for (const name of ['main.yaml', 'conf.d/more.yaml', 'secret']) {
        const scene = openScene(t)
        const path = join(scene.folder, name)
        rmSync(path)
        plant(path)
        const { code, stderr } = await scene.run()
        assert.equal(code, 1, `${name}: ${stderr}`)
        assert.match(stderr, named)
        assert.equal(existsSync(scene.mark), false)
      }
    },
  )
}

attack(
  {
    name: 'the state folder of root is writable by others',
    attacker: 'a local user',
    how: 'can write to the folder, or owns it or a folder above it',
    outcome: 'every command that trusts records or locks fails, with a hint; `--allow-unsafe-permissions` accepts the folder',
  },
  async (t) => {
    const scene = openScene(t)
    const state = join(scene.place.top, 'above/state')
    mkdirSync(state, { recursive: true })
    const start = (...args: readonly string[]) =>
      scene.place.start(['-f', join(scene.folder, 'main.yaml'), ...args], { as: 'holdfast', env: { HOLDFAST_STATE: state } })
    for (const spoil of [() => chmodSync(state, 0o777), () => give(state), () => give(join(scene.place.top, 'above'))]) {
      spoil()
      for (const args of [['run', 'a'], ['runs'], ['sets']]) {
        const { code, stderr } = await start(...args)
        assert.equal(code, 1)
        assert.match(stderr, /the state folder ".*" has unsafe permissions/u)
      }
      assert.match((await start('check')).stdout, /UNKNOWN - the state folder/u)
      assert.equal(existsSync(scene.mark), false)
      chmodSync(state, 0o700)
      chownSync(state, 0, 0)
    }
    assert.equal((await start('--allow-unsafe-permissions', 'run', 'a')).code, 0)
  },
)

attack(
  {
    name: 'the configuration of an ordinary user belongs to another one',
    attacker: 'a local user',
    how: 'owns the configuration that another ordinary user runs',
    outcome: 'the run fails as for root, because the commands would run as that user',
    needs: ['root', 'setpriv'],
  },
  async (t) => {
    const scene = openScene(t)
    give(join(scene.folder, 'main.yaml'))
    const as = ['--reuid=12345', '--regid=12345', '--clear-groups']
    const { code, stderr } = await scene.place.start(
      [...as, join(import.meta.dirname, '../../holdfast'), '-f', join(scene.folder, 'main.yaml'), 'run'],
      {
        as: '/usr/bin/setpriv',
        env: { HOLDFAST_STATE: '' },
      },
    )
    assert.equal(code, 1)
    assert.match(stderr, /main\.yaml" belongs to user 65534/u)
  },
)

attack(
  {
    name: 'certificates and credentials named by variables of the AWS tools belong to another user',
    attacker: 'a local user',
    how: 'owns the file that AWS_CA_BUNDLE, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE or AWS_WEB_IDENTITY_TOKEN_FILE names, or the home folder of the run',
    outcome: 'a configuration with an S3 storage is rejected with the name of the file',
  },
  async (t) => {
    const { place } = openScene(t)
    const file = place.write(
      'etc/s3.yaml',
      'version: 1\nstorages: { s: { type: s3, bucket: b } }\ntasks: { a: { steps: [ { backup: { to: s, objects: { a: { exec: [echo] } } } } ] } }\n',
    )
    const home = join(place.top, 'home')
    const his = join(home, '.aws/config')
    mkdirSync(join(home, '.aws'), { recursive: true })
    writeFileSync(his, '')
    give(his)
    const names = ['AWS_CA_BUNDLE', 'AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_WEB_IDENTITY_TOKEN_FILE']
    for (const env of [...names.map((name) => ({ [name]: his })), { HOME: home }]) {
      const { code, stdout } = await place.start(['-f', file, 'config', 'check'], { as: 'holdfast', env })
      assert.equal(code, 1, JSON.stringify(env))
      assert.match(stdout, /home\/\.aws\/config" belongs to user 65534/u)
    }
  },
)
