import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { filesystemSets } from '../../src/backup/store/filesystem-sets.ts'
import { openSetup, type Setup } from '../faults/setup.ts'
import { ATTACKER, attackersFolder } from '../support/attacker.ts'
import { call, openLocalfs } from '../support/localfs.ts'
import { makeSet } from '../support/sets.ts'
import { someOf } from '../support/some-of.ts'
import { attack } from './attack.ts'

const WHO = 'a user with write access to a storage, or the owner of the packed files'

// Made by a library that writes down whatever it is given. `@` is the folder that the attacker wants to get to.
const MAKE = `
import io, json, os, sys, tarfile
outside, members = sys.argv[1], json.loads(sys.argv[2])
tar = tarfile.open(fileobj=sys.stdout.buffer, mode='w|', format=tarfile.PAX_FORMAT)
for m in members:
    info = tarfile.TarInfo(m['name'].replace('@', outside))
    info.type = {'file': tarfile.REGTYPE, 'sym': tarfile.SYMTYPE, 'hard': tarfile.LNKTYPE, 'dir': tarfile.DIRTYPE,
                 'block': tarfile.BLKTYPE, 'char': tarfile.CHRTYPE, 'fifo': tarfile.FIFOTYPE}[m['type']]
    info.linkname = m.get('to', '').replace('@', outside)
    info.mode = m.get('mode', 0o644 if m['type'] != 'dir' else 0o755)
    info.uid, info.gid = m.get('uid', 0), m.get('gid', 0)
    info.devmajor, info.devminor = 1, 3
    # Version 2, effective, cap_setgid (linux/capability.h).
    info.pax_headers = {'SCHILY.xattr.security.capability': '\\x01\\0\\0\\x02\\x40' + 15 * '\\0'} if m.get('capabilities') else {}
    data = b'evil' if m['type'] == 'file' else b''
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))
tar.close()
`

interface Member {
  readonly name: string
  readonly type: 'file' | 'sym' | 'hard' | 'dir' | 'block' | 'char' | 'fifo'
  readonly to?: string
  readonly mode?: number
  readonly uid?: number
  readonly capabilities?: true
}

interface Scene {
  readonly setup: Setup
  /** A folder of root with a file "precious", beside everything. */
  readonly outside: string
  restore(to: string, ...more: readonly string[]): ReturnType<Setup['start']>
}

/** A set with one archive of these members. */
async function openScene(t: TestContext, members: readonly Member[]): Promise<Scene> {
  const setup = openSetup(t, undefined, 'holdfast.yaml')
  const outside = join(setup.top, 'outside')
  mkdirSync(outside, { mode: 0o700 })
  writeFileSync(join(outside, 'precious'), 'precious')
  const content = execFileSync('python3', ['-c', MAKE, outside, JSON.stringify(members)])
  const objects = { 'evil.tar': { content, source: 'tar' as const } }
  const storage = openLocalfs(join(setup.root, 'default'))
  await makeSet(filesystemSets(storage, { completeWhen: 'manifest' }), call, { began: new Date('2026-01-02T03:04:05Z'), objects })
  await storage.close()
  setup.configure({
    version: 1,
    storages: { local: { type: 'localfs', root: setup.root } },
    tasks: { default: { steps: [{ backup: { objects: { x: { exec: ['true'] } } } }] } },
  })
  return { setup, outside, restore: (to, ...more) => setup.start(['restore', 'default', 'latest', '--to', to, ...more]) }
}

const OUT: Readonly<Record<string, readonly Member[]>> = {
  'names with ".."': [
    { name: '../../../../../../../..@/planted', type: 'file' },
    { name: 'a/../../../planted', type: 'file' },
  ],
  'absolute names': [
    { name: '@/planted', type: 'file' },
    { name: '//@/planted', type: 'file' },
  ],
  'a file behind a symbolic link': [
    { name: 'link', type: 'sym', to: '@' },
    { name: 'link/planted', type: 'file' },
  ],
  'a folder, then a link with the same name, then a file in it': [
    { name: 'd', type: 'dir' },
    { name: 'd', type: 'sym', to: '@' },
    { name: 'd/planted', type: 'file' },
  ],
  'a link to a link': [
    { name: 'one', type: 'sym', to: '.' },
    { name: 'one/two', type: 'sym', to: '@' },
    { name: 'two/planted', type: 'file' },
  ],
  'a hard link to a file outside, then contents for it': [
    { name: 'h', type: 'hard', to: '@/precious' },
    { name: 'h', type: 'file' },
  ],
  'a hard link through a symbolic link': [
    { name: 'link', type: 'sym', to: '@' },
    { name: 'h', type: 'hard', to: 'link/precious' },
    { name: 'h', type: 'file' },
  ],
  'a hard link to a link, then contents for it': [
    { name: 'link', type: 'sym', to: '@/precious' },
    { name: 'h', type: 'hard', to: 'link' },
    { name: 'h', type: 'file' },
  ],
  'a mode and an owner for a link': [
    { name: 'link', type: 'sym', to: '@/precious', mode: 0o777, uid: ATTACKER.uid },
    { name: 'link', type: 'hard', to: 'link', mode: 0o777, uid: ATTACKER.uid },
  ],
}

for (const [what, members] of Object.entries(OUT)) {
  attack(
    {
      name: `an archive contains ${what}`,
      attacker: WHO,
      how: 'makes an otherwise valid tar archive with such members; root restores it, reads it with `verify --deep`, and restores it again with `--overwrite`',
      outcome:
        'nothing is created, changed or linked outside of the destination; if tar rejects a member, the restore fails and nothing is put in place',
      needs: ['root', 'python3', 'tar'],
    },
    async (t) => {
      const { setup, outside, restore } = await openScene(t, members)
      const to = join(setup.top, 'to')
      await setup.start(['verify', 'default', '--deep'])
      for (const more of [[], ...someOf([['--overwrite'], ['--overwrite', '--numeric-owner']], 2)]) {
        const { code, stderr } = await restore(to, ...more)
        if (code !== 0) assert.match(stderr, /nothing was restored/u)
        assert.deepEqual(readdirSync(outside), ['precious'])
        const { nlink, mode, uid } = lstatSync(join(outside, 'precious'))
        assert.deepEqual([readFileSync(join(outside, 'precious'), 'utf8'), nlink, mode & 0o7777, uid], ['precious', 1, 0o644, 0])
        for (const folder of [setup.top, '/', to]) assert.ok(!existsSync(join(folder, 'planted')), folder)
        if (code !== 0) assert.deepEqual(existsSync(to) ? readdirSync(to) : [], [])
      }
    },
  )
}

const SPECIAL: readonly Member[] = [
  { name: 'bin/shell', type: 'file', mode: 0o4755 },
  { name: 'bin/group', type: 'file', mode: 0o2755 },
  { name: 'dev/memory', type: 'char', mode: 0o666 },
  { name: 'dev/disk', type: 'block', mode: 0o666 },
]

for (const member of SPECIAL) {
  const what = `${member.mode === 0o666 ? 'the node of a device' : 'a set-ID program of root'} (${member.name})`
  attack(
    {
      name: `an archive contains ${what}, and is restored where another user can use it`,
      attacker: `${WHO}, together with a local user`,
      how: 'makes a tar archive with it; root restores it into a folder of that user, a folder that all users can write to, a folder of root that others can enter, and a private folder of root',
      outcome:
        'in folders that others own or can write to, nothing is restored, and the member is reported; if others can enter the folder, there is a warning; in a private folder of root, it is restored unchanged',
      needs: ['root', 'python3', 'tar'],
    },
    async (t) => {
      const { setup, restore } = await openScene(t, [{ name: 'plain', type: 'file' }, member])
      const world = join(setup.top, 'world')
      mkdirSync(world)
      chmodSync(world, 0o777)
      for (const to of [attackersFolder(t), world]) {
        const { code, stderr } = await restore(to)
        assert.equal(code, 1, stderr)
        assert.match(stderr, new RegExp(`contains "${member.name}" \\(.*the destination belongs to another user, or is writable by others`, 'u'))
        assert.deepEqual(readdirSync(to), [])
      }
      const open = join(setup.top, 'open')
      mkdirSync(open)
      chmodSync(open, 0o755)
      const warned = await restore(open)
      assert.equal(warned.code, 0, warned.stderr)
      assert.match(warned.stderr, /^warning: "evil\.tar" contains .*which other users may be able to use/mu)
      const quiet = await restore(join(setup.top, 'own'))
      assert.deepEqual([quiet.code, quiet.stderr], [0, ''])
      assert.equal(statSync(join(setup.top, 'own/evil.tar.d', member.name)).mode & 0o7777, member.mode)
    },
  )
}

attack(
  {
    name: 'an archive contains a program with file capabilities, and is restored where another user can use it',
    attacker: `${WHO}, together with a local user`,
    how: 'makes a tar archive with it; root restores it into a folder of that user, a folder of root that others can enter, and a private folder of root',
    outcome: 'as with a set-ID program',
    needs: ['root', 'python3', 'tar', 'getcap'],
  },
  async (t) => {
    const { setup, restore } = await openScene(t, [{ name: 'bin/sp', type: 'file', mode: 0o755, capabilities: true }])
    const to = attackersFolder(t)
    const refused = await restore(to)
    assert.equal(refused.code, 1, refused.stderr)
    assert.match(refused.stderr, /contains "bin\/sp" \(a file with privileged attributes\), and the destination belongs to another user/u)
    assert.deepEqual(readdirSync(to), [])
    const open = join(setup.top, 'open')
    mkdirSync(open)
    chmodSync(open, 0o755)
    const warned = await restore(open)
    assert.equal(warned.code, 0, warned.stderr)
    assert.match(
      warned.stderr,
      /^warning: "evil\.tar" contains "bin\/sp" \(a file with privileged attributes\), which other users may be able to use/mu,
    )
    const quiet = await restore(join(setup.top, 'own'))
    assert.deepEqual([quiet.code, quiet.stderr], [0, ''])
    assert.match(execFileSync('getcap', [join(setup.top, 'own/evil.tar.d/bin/sp')], { encoding: 'utf8' }), /cap_setgid=ep/u)
  },
)

attack(
  {
    name: 'an archive contains a set-ID program of the owner of the destination',
    attacker: 'none: an ordinary home folder',
    how: 'root restores it into the folder of that user',
    outcome: 'it is restored unchanged, because that user gains nothing',
    needs: ['root', 'python3', 'tar'],
  },
  async (t) => {
    const { restore } = await openScene(t, [{ name: 'mine', type: 'file', mode: 0o4755, uid: ATTACKER.uid }])
    const to = attackersFolder(t)
    const { code, stderr } = await restore(to)
    assert.deepEqual([code, stderr], [0, ''])
    const { mode, uid } = statSync(join(to, 'evil.tar.d/mine'))
    assert.deepEqual([mode & 0o7777, uid], [0o4755, ATTACKER.uid])
  },
)

attack(
  {
    name: 'a small object is larger than the free space when decompressed',
    attacker: 'a user with write access to a storage',
    how: 'stores 1 MB of gzip data that decompress to 200 MB; root restores it to a file system of 64 MB, and verifies it with `verify --deep`',
    outcome: 'the restore fails because the disk is full, and leaves no files; verifying writes nothing',
    needs: ['root', 'gzip', 'leave to mount'],
  },
  async (t) => {
    const { setup, restore } = await openScene(t, [])
    const set = join(setup.root, 'default', '20260102T030405Z')
    const content = execFileSync('sh', ['-c', 'head -c 200000000 /dev/zero | gzip -1'], { maxBuffer: 1e9 })
    const stored = { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }
    const manifest = JSON.parse(readFileSync(join(set, 'manifest.json'), 'utf8')) as { objects: object[] }
    manifest.objects = [{ ...manifest.objects[0], ...stored, path: 'bomb.gz', filters: ['gzip'], source: undefined }]
    writeFileSync(join(set, 'bomb.gz'), content)
    writeFileSync(join(set, 'manifest.json'), JSON.stringify(manifest, undefined, 2))
    const to = join(setup.top, 'to')
    mkdirSync(to)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m,mode=700', 'none', to])
    const { code, stderr } = await restore(to)
    const left = readdirSync(to)
    execFileSync('umount', [to])
    assert.equal(code, 1)
    assert.match(stderr, /"bomb\.gz".*(?:[Nn]o space left|disk is full)/su)
    assert.deepEqual(left, [])
    const { stdout, stderr: said } = await setup.start(['verify', 'default', '--deep'])
    assert.doesNotMatch(stdout + said, /bomb/u)
  },
)
