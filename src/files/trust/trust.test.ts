import assert from 'node:assert/strict'
import { chmod, chown, lchown, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { requires } from '../../../test/support/requires.ts'
import { closeFolder } from '../folder.ts'
import { realPathOf } from './real-path.ts'
import { commandAgainst, correctingCommand, type Distrust, describeDistrust, distrustOf, ownTruster } from './trust.ts'
import { ANYBODY, closeWalked, openWalked, openWalkedFolder, walkPath, walkPathSync } from './trusted-path.ts'

const root = { uid: 0, gid: 0 }
const user = { uid: 1000, gid: 1000 }

describe('distrustOf', () => {
  const cases: readonly (readonly [string, { uid: number; gid: number; mode: number }, typeof root, Distrust | undefined])[] = [
    ['of root', { uid: 0, gid: 0, mode: 0o644 }, root, undefined],
    ['of root and its group', { uid: 0, gid: 0, mode: 0o664 }, root, undefined],
    ['of root, writable by a group', { uid: 0, gid: 50, mode: 0o664 }, root, 'group-writable'],
    ['of root, writable by all', { uid: 0, gid: 0, mode: 0o666 }, root, 'world-writable'],
    ['of a user', { uid: 1000, gid: 1000, mode: 0o600 }, root, 'owner'],
    ['of a user, for him', { uid: 1000, gid: 1000, mode: 0o600 }, user, undefined],
    ['of a user and his own group, for him', { uid: 1000, gid: 1000, mode: 0o664 }, user, undefined],
    ['of a user and a common group, for him', { uid: 1000, gid: 100, mode: 0o664 }, { uid: 1000, gid: 100 }, 'group-writable'],
    ['of root, for a user', { uid: 0, gid: 0, mode: 0o644 }, user, undefined],
    ['of another user, for a user', { uid: 1001, gid: 1000, mode: 0o644 }, user, 'owner'],
  ]
  for (const [name, facts, who, wanted] of cases) it(name, () => assert.equal(distrustOf(facts, who), wanted))

  it('accepts a sticky folder if requested', () => {
    const tmp = { uid: 0, gid: 0, mode: 0o1777 }
    assert.equal(distrustOf(tmp, root, 'trusted'), undefined)
    assert.equal(distrustOf(tmp, root), 'world-writable')
    assert.equal(distrustOf({ ...tmp, uid: 1000 }, root, 'trusted'), 'owner')
  })

  it('is described in words, with the command that corrects it', () => {
    assert.equal(describeDistrust('/a b', 'owner', { uid: 7, gid: 8 }), '"/a b" belongs to user 7')
    assert.equal(describeDistrust('/a', 'group-writable', { uid: 7, gid: 8 }), '"/a" is writable by group 8')
    assert.equal(describeDistrust('/a', 'world-writable', { uid: 7, gid: 8 }), '"/a" is writable by others')
    assert.equal(commandAgainst('/a b', 'owner', root), "chown -h 0:0 '/a b'")
    assert.equal(commandAgainst('/a', 'group-writable', root), 'chmod g-w /a')
    assert.equal(commandAgainst("/a'b", 'world-writable', root), "chmod o-w '/a'\\''b'")
  })
})

describe('the command that mends', () => {
  for (const [name, facts, kind, who, command] of [
    ['a file of another user that all may write', { uid: 7, mode: 0o666 }, 'other', root, "chown root:root '/a b' && chmod go-w '/a b'"],
    ['a link of another user', { uid: 7, mode: 0o700 }, 'link', root, "chown -h root:root '/a b'"],
    ['what a group may write', { uid: 0, mode: 0o664 }, 'other', root, "chmod go-w '/a b'"],
    ['a sticky folder of another user', { uid: 7, mode: 0o1777 }, 'other', root, "chown root:root '/a b'"],
    ['a file of another user, for a user', { uid: 7, mode: 0o644 }, 'other', user, "chown 1000:1000 '/a b'"],
  ] as const)
    it(name, () => assert.equal(correctingCommand({ path: '/a b', kind, facts }, who), command))

  it('groups are not trusted if requested, because their bits may be the mask of an ACL', () => {
    const facts = { uid: 0, gid: 0, mode: 0o664 }
    assert.equal(distrustOf(facts, root), undefined)
    assert.equal(distrustOf(facts, { ...root, distrustsGroups: true }), 'group-writable')
  })
})

describe('walkPath', { skip: requires('root') }, () => {
  let path: string
  beforeEach(async () => {
    path = await realpath(await mkdtemp(join(tmpdir(), 'files-')))
    await mkdir(join(path, 'a/b'), { recursive: true })
    await writeFile(join(path, 'a/b/file'), 'text')
  })
  afterEach(() => rm(path, { recursive: true, force: true }))

  const problemsOf = async (to: string) => {
    const walked = await walkPath(to, ownTruster())
    await closeWalked(walked)
    return walked.problems.map((it) => `${it.path.slice(path.length)}: ${it.distrust}`)
  }

  it('finds nothing wrong below folders of root, a sticky one on the way included', async () => {
    const walked = await walkPath(join(path, 'a/./b/../b/file'), root)
    const { realPath, kind, problems, uid, links } = walked
    assert.deepEqual({ realPath, kind, problems, uid, links }, { realPath: join(path, 'a/b/file'), kind: 'file', problems: [], uid: 0, links: [] })
    const handle = await openWalked(walked)
    assert.equal(await handle.readFile('utf8'), 'text')
    await handle.close()
    await closeWalked(walked)
  })

  it('finds every folder on the way that others may write, and the file', async () => {
    await chmod(join(path, 'a'), 0o777)
    await chown(join(path, 'a/b'), 65534, 0)
    await chmod(join(path, 'a/b/file'), 0o666)
    assert.deepEqual(await problemsOf(join(path, 'a/b/file')), ['/a: world-writable', '/a/b: owner', '/a/b/file: world-writable'])
  })

  it('follows links, and judges them, their folders and where they lead', async () => {
    await mkdir(join(path, 'c'))
    await symlink('../a/b', join(path, 'c/link'))
    await symlink(join(path, 'c'), join(path, 'there'))
    assert.deepEqual(await problemsOf(join(path, 'there/link/file')), [])
    await lchown(join(path, 'c/link'), 65534, 65534)
    await chmod(join(path, 'a'), 0o777)
    assert.deepEqual(await problemsOf(join(path, 'there/link/file')), ['/c/link: owner', '/a: world-writable'])
  })

  it('names the links that others could have replaced, even those of root, also synchronously', async () => {
    await mkdir(join(path, 'open'))
    await symlink('../a', join(path, 'open/link'))
    for (const mode of [0o755, 0o777, 0o1777]) {
      await chmod(join(path, 'open'), mode)
      const [later, now] = [await walkPath(join(path, 'open/link/b/file'), root), walkPathSync(join(path, 'open/link/b/file'), root)]
      assert.deepEqual({ ...later, fd: 0 }, { ...now, fd: 0 })
      assert.deepEqual(
        now.problems.filter(({ kind }) => kind === 'link').map((it) => it.path),
        mode === 0o777 ? [join(path, 'open/link')] : [],
      )
      for (const it of [later, now]) await closeWalked(it)
    }
  })

  it('ends at circular links and at missing entries', async () => {
    await symlink('one', join(path, 'two'))
    await symlink('two', join(path, 'one'))
    await assert.rejects(walkPath(join(path, 'one'), root), { code: 'ELOOP' })
    await assert.rejects(walkPath(join(path, 'none/file'), root), { code: 'ENOENT' })
    assert.equal(await realPathOf(join(path, 'none/file')), join(path, 'none/file'))
  })

  it('opens the folder that it checked', async () => {
    await symlink('a', join(path, 'link'))
    const { folder, problems } = await openWalkedFolder(join(path, 'link'), root)
    assert.deepEqual([folder.path, problems], [join(path, 'a'), []])
    await closeFolder(folder)
  })
})

describe('walkPath, links', { skip: requires('root') }, () => {
  it('attributes a link to the user who could replace it, and recognizes files that all users can read', async () => {
    const top = await mkdtemp(join(tmpdir(), 'files-links-'))
    await chmod(top, 0o755)
    await mkdir(join(top, 'theirs'))
    await writeFile(join(top, 'file'), 'text', { mode: 0o644 })
    await symlink('../file', join(top, 'theirs/link'))
    const look = async () => {
      const walked = await walkPath(join(top, 'theirs/link'), root)
      await closeWalked(walked)
      return [walked.links, walked.problems.map(({ kind }) => kind), walked.isOpenToAll]
    }
    try {
      assert.deepEqual(await look(), [[0], [], true])
      await chown(join(top, 'theirs'), 65_534, 0)
      assert.deepEqual(await look(), [[65_534], ['other', 'link'], true])
      await chmod(join(top, 'theirs'), 0o775)
      assert.deepEqual((await look())[0], [ANYBODY])
      await chown(join(top, 'theirs'), 65_534, 65_534)
      assert.deepEqual((await look())[0], [65_534])
      await chmod(join(top, 'theirs'), 0o777)
      assert.deepEqual(await look(), [[ANYBODY], ['other', 'link'], true])
      await chmod(join(top, 'file'), 0o640)
      assert.equal((await look())[2], false)
      await chmod(join(top, 'file'), 0o644)
      await chmod(top, 0o750)
      assert.equal((await look())[2], false)
    } finally {
      await rm(top, { recursive: true })
    }
  })
})
