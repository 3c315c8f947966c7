import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withArchiveFolder } from '../../src/file-sets/archive-folder.ts'
import { finishReplacement } from '../../src/file-sets/dump/replace-dump.ts'
import { expireFiles } from '../../src/file-sets/expire/expire-files.ts'
import { makeArchive } from '../../src/file-sets/make/make-archive.ts'
import { copyNewest } from '../../src/file-sets/use/copy-newest.ts'
import { testNewest } from '../../src/file-sets/use/test-newest.ts'
import { archiveFiles, archiveWork, dumpFiles } from '../support/archive.ts'
import { ATTACKER, asAttacker, keepsSwapping } from '../support/attacker.ts'
import { NEEDS, openScene, packed, type Scene, SECRET, stepOf, WRITER } from './archive-scene.ts'
import { attack } from './attack.ts'

const ANY_TIME = { text: '* * * * *', minute: 'any', hour: 'any', day: 'any', month: 'any', weekday: 'any' } as const

/** A folder of archives in which the attacker may write. */
function sharedFolder({ home }: Scene): string {
  const folder = join(home, '0')
  asAttacker('mkdir "$1"', folder)
  return folder
}

const PART = '.holdfast-part-0123456789ab'

attack(
  {
    name: 'the folder of the archives is a link of another user',
    attacker: WRITER,
    how: 'replaces the folder of the archives by a link to a folder of root',
    outcome: 'making, expiring, copying and testing archives fail; nothing is created or removed in the target of the link',
    needs: NEEDS,
  },
  async (t) => {
    const place = openScene(t)
    const victim = join(place.secret, 'sub')
    for (const day of ['01', '02']) writeFileSync(join(victim, `etc-202603${day}_000000-0.tar.gz`), SECRET)
    asAttacker('ln -s "$2" "$1"', join(place.home, '0'), victim)
    const before = readdirSync(victim)
    const { work } = archiveWork(place.processes, '2026-03-06T00:00:00')
    const files = archiveFiles(place.home, 0)
    const set = { name: 'etc', files }
    const period = { name: 'p', folder: join(place.home, '0'), when: ANY_TIME }
    const unsafe = { code: 'archive/unsafe' }
    await assert.rejects(makeArchive(stepOf({ ...place, target: place.home }, 'tar'), work), unsafe)
    await assert.rejects(expireFiles({ kind: 'expire', sets: [{ files, limits: { maxFiles: 1 } }] }, work), unsafe)
    await assert.rejects(copyNewest({ kind: 'copy-files', sets: [set], periods: [period] }, work), unsafe)
    await assert.rejects(testNewest({ kind: 'test-files', sets: [set], onBroken: 'fail' }, work), unsafe)
    assert.deepEqual(readdirSync(victim), before)
  },
)

attack(
  {
    name: 'another folder has the name of a work folder',
    attacker: WRITER,
    how: 'renames a folder of root beside the archives so that it has the name of a dead run’s work folder; creates a link with such a name to another folder; creates a folder with a forged owner record',
    outcome: 'the next archive step removes none of them',
    needs: NEEDS,
  },
  async (t) => {
    const place = openScene(t)
    const folder = sharedFolder(place)
    mkdirSync(join(folder, 'precious'), { mode: 0o700 })
    writeFileSync(join(folder, 'precious/file'), SECRET)
    asAttacker(
      'mv "$1/precious" "$1/$2"; ln -s "$3" "$1/.holdfast-part-link"; mkdir "$1/.holdfast-part-own"; echo .holdfast-part-own > "$1/.holdfast-part-own/work-folder"; mkfifo "$1/.holdfast-part-fifo"',
      folder,
      PART,
      place.secret,
    )
    await packed({ ...place, target: place.home }, 'tar')
    assert.equal(readFileSync(join(folder, PART, 'file'), 'utf8'), SECRET)
    assert.equal(readFileSync(join(place.secret, 'file'), 'utf8'), SECRET)
    for (const name of ['own', 'link', 'fifo']) assert.ok(readdirSync(folder).includes(`.holdfast-part-${name}`))
  },
)

attack(
  {
    name: 'the work folder of a dead run is replaced by a link while it is removed',
    attacker: WRITER,
    how: 'continuously exchanges a work folder of root and a link to a folder of root while archive steps remove work folders',
    outcome: 'the target of the link is unchanged',
    needs: NEEDS,
  },
  async (t) => {
    const place = openScene(t)
    const folder = sharedFolder(place)
    const inside = readdirSync(place.secret)
    const attacker = await keepsSwapping(t, join(folder, PART), place.secret)
    for (let round = 0; round < 10; round++) {
      const part = join(folder, `made-${round}`)
      mkdirSync(part, { mode: 0o700 })
      writeFileSync(join(part, 'work-folder'), `${PART}\n`, { mode: 0o600 })
      for (const name of inside) writeFileSync(join(part, name), '')
      if (!existsSync(join(folder, PART))) renameSync(part, join(folder, PART))
      await packed({ ...place, target: place.home }, 'tar')
    }
    await attacker.stop()
    assert.deepEqual(readdirSync(place.secret), inside)
    assert.equal(readFileSync(join(place.secret, 'sub/file'), 'utf8'), SECRET)
  },
)

attack(
  {
    name: 'a file system is mounted in the work folder of a dead run',
    attacker: 'a killed run',
    how: 'leaves a work folder in which a folder of root is mounted',
    outcome: 'the mounted folder and the mount are unchanged',
    needs: [...NEEDS, 'mount'],
  },
  async (t) => {
    const place = openScene(t)
    const part = join(place.target, '0', PART)
    mkdirSync(join(part, 'mounted'), { recursive: true, mode: 0o700 })
    writeFileSync(join(part, 'work-folder'), `${PART}\n`)
    execFileSync('chmod', ['700', part])
    execFileSync('mount', ['--bind', place.secret, join(part, 'mounted')])
    try {
      await packed(place, 'tar')
      assert.equal(readFileSync(join(place.secret, 'sub/file'), 'utf8'), SECRET)
    } finally {
      execFileSync('umount', [join(part, 'mounted')])
    }
    await packed(place, 'tar')
    assert.ok(!existsSync(part), 'once nothing is mounted it goes')
  },
)

attack(
  {
    name: 'FIFOs and devices have the names of archives, lists and digests',
    attacker: WRITER,
    how: 'creates FIFOs and devices with the newest dates in the folders in which a level 1 searches for its base and in which files are copied, tested and expired',
    outcome: 'no step waits for them; they are reported or count as incomplete; the good archive is used',
    needs: NEEDS,
  },
  async (t) => {
    const place = openScene(t)
    const folder = sharedFolder(place)
    await packed({ ...place, target: place.home }, 'tar')
    asAttacker(
      'for ext in list tar.gz hash; do mkfifo "$1/etc-20260302_000000-0.$ext"; done; ln -s /dev/zero "$1/etc-20260303_000000-0.list"',
      folder,
    )
    const { work, notes } = archiveWork(place.processes, '2026-03-06T00:00:00')
    const files = archiveFiles(place.home, 0)
    const set = { name: 'etc', files }
    await makeArchive(stepOf({ ...place, target: place.home }, 'tar', { files: archiveFiles(place.home, 1) }), work)
    assert.match(notes.join('\n'), /cannot be used as a base: it is not a regular file/u)
    assert.ok(existsSync(join(place.home, '1/etc-20260306_000000-1.tar.gz')), 'it is a level 1')
    const vault = join(place.target, 'vault')
    await copyNewest({ kind: 'copy-files', sets: [set], periods: [{ name: 'p', folder: vault, when: ANY_TIME }] }, work)
    assert.deepEqual(readdirSync(vault), ['etc-20260301_024000-0.list', 'etc-20260301_024000-0.tar.gz'])
    await assert.rejects(testNewest({ kind: 'test-files', sets: [set], onBroken: 'fail' }, work), { code: 'archive/bad-archive' })
    await expireFiles({ kind: 'expire', sets: [{ files, limits: { maxFiles: 1 } }] }, work)
    assert.ok(existsSync(join(folder, 'etc-20260301_024000-0.tar.gz')))
  },
)

attack(
  {
    name: 'an archive is replaced by a link before it is copied',
    attacker: WRITER,
    how: 'replaces the newest archive by a link to a file of root',
    outcome: 'the target of the link is not copied',
    needs: NEEDS,
  },
  async (t) => {
    const place = openScene(t)
    const folder = sharedFolder(place)
    await packed({ ...place, target: place.home }, 'tar')
    asAttacker('mv "$1/$2" "$1/away"; ln -s "$3/file" "$1/$2"', folder, 'etc-20260301_024000-0.tar.gz', place.secret)
    const { work } = archiveWork(place.processes, '2026-03-06T00:00:00')
    const set = { name: 'etc', files: archiveFiles(place.home, 0) }
    const vault = join(place.target, 'vault')
    await copyNewest({ kind: 'copy-files', sets: [set], periods: [{ name: 'p', folder: vault, when: ANY_TIME }] }, work)
    assert.deepEqual(existsSync(vault) ? readdirSync(vault) : [], [])
  },
)

attack(
  {
    name: 'a set-user-ID program has the name of the newest archive',
    attacker: WRITER,
    how: 'creates a program with the name of a newer archive and with the set-user-ID and set-group-ID bits; then root copies the newest archives',
    outcome: 'the copy has neither bit',
    needs: NEEDS,
  },
  async (t) => {
    const place = openScene(t)
    const folder = sharedFolder(place)
    asAttacker('cp /bin/true "$1/$2"; chmod 6755 "$1/$2"', folder, 'etc-20260301_024000-0.tar.gz')
    const { work } = archiveWork(place.processes, '2026-03-06T00:00:00')
    const vault = join(place.target, 'vault')
    const set = { name: 'etc', files: archiveFiles(place.home, 0) }
    await copyNewest({ kind: 'copy-files', sets: [set], periods: [{ name: 'p', folder: vault, when: ANY_TIME }] }, work)
    const [copied = ''] = readdirSync(vault)
    assert.equal((statSync(join(vault, copied)).mode & 0o7777).toString(8), '755')
  },
)

for (const { what, plant } of [
  { what: 'has a group of the attacker and the setgid bit', plant: 'chmod 2770 "$1"' },
  { what: 'has a default ACL for the attacker', plant: `chmod 700 "$1"; setfacl -d -m u:${ATTACKER.uid}:rwx,m::rwx "$1"` },
] as const)
  attack(
    {
      name: `the folder of the archives ${what}`,
      attacker: 'a local user who owns the folder in which archives are stored',
      how: 'prepares the folder; root archives a folder of root to a new subfolder, and copies the newest archives there',
      outcome: 'the attacker can read none of the files',
      needs: [...NEEDS, 'setfacl'],
    },
    async (t) => {
      const place = openScene(t)
      const home = join(place.home, 'archives')
      asAttacker(`mkdir "$1"; ${plant}`, home)
      await packed({ ...place, target: home }, 'tar', () => undefined, { source: place.secret })
      const { work } = archiveWork(place.processes, '2026-03-06T00:00:00')
      const set = { name: 'etc', files: archiveFiles(home, 0) }
      await copyNewest({ kind: 'copy-files', sets: [set], periods: [{ name: 'p', folder: join(home, 'vault'), when: ANY_TIME }] }, work)
      const made = ['0', 'vault'].flatMap((name) => readdirSync(join(home, name)).map((file) => join(home, name, file)))
      assert.ok(made.length >= 4, made.join())
      for (const file of made) assert.throws(() => asAttacker('cat "$1"', file), /denied/u, file)
    },
  )

attack(
  {
    name: 'a folder of root has the name of an expired dump, or of a replaced one',
    attacker: 'a local user who owns the folder of the dumps',
    how: 'renames folders of root beside the dumps to such names; then dumps are made and expired',
    outcome: 'the contents of these folders are unchanged, and expiring fails with their name; a dump folder of root is expired as usual',
    needs: NEEDS,
  },
  async (t) => {
    const place = openScene(t)
    const folder = join(place.home, 'dumps')
    asAttacker('mkdir "$1"', folder)
    for (const name of ['one', 'two']) {
      mkdirSync(join(folder, name), { mode: 0o700 })
      writeFileSync(join(folder, name, 'file'), SECRET)
      writeFileSync(join(folder, name, 'toc.dat'), SECRET)
    }
    const [old, older, newest] = ['db-shop-20200101_000000.pgdump', 'db-shop-20200102_000000.pgdump', 'db-shop-20200103_000000.pgdump']
    const aside = '.holdfast-replaced-aaaa-x'
    asAttacker('mv "$1/one" "$1/$2"; mv "$1/two" "$1/$3"; mkdir "$1/x"', folder, old, aside)
    for (const name of [older, newest]) {
      mkdirSync(join(folder, name), { mode: 0o700 })
      for (const file of ['toc.dat', '3042.dat.gz', 'blobs.toc']) writeFileSync(join(folder, name, file), 'x')
    }
    const { work, notes } = archiveWork(place.processes, '2026-03-06T00:00:00')
    const files = dumpFiles(folder, ['shop'], { areFolders: true })
    await assert.rejects(
      expireFiles({ kind: 'expire', sets: [{ files, limits: { maxFiles: 1 } }] }, work),
      /20200101_000000.pgdump" was not made by Holdfast/u,
    )
    await withArchiveFolder(folder, work, async (opened) => finishReplacement(opened ?? assert.fail(), work.note))
    assert.match(notes.join('\n'), /could not remove a replaced dump: .*holdfast-replaced-aaaa-x" was not made by Holdfast/u)
    for (const name of [old, aside]) assert.deepEqual(readdirSync(join(folder, name)), ['file', 'toc.dat'])
    assert.ok(!existsSync(join(folder, older)), 'a real one')
    assert.ok(existsSync(join(folder, newest)))
    const trusting = { ...work, trustsFolders: true }
    await expireFiles({ kind: 'expire', sets: [{ files, limits: { maxFiles: 1 } }] }, trusting)
    assert.ok(!existsSync(join(folder, old)))
  },
)

attack(
  {
    name: 'a dump that is a folder contains a FIFO',
    attacker: WRITER,
    how: 'creates the newest dump with a FIFO as a file of its data; then the dumps are tested',
    outcome: 'the test fails at once; pg_restore is not started and does not wait for the FIFO',
    needs: NEEDS,
  },
  async (t) => {
    const place = openScene(t)
    const folder = join(place.home, 'dumps')
    asAttacker('mkdir -p "$1/$2"; echo PGDMP > "$1/$2/toc.dat"; mkfifo "$1/$2/3042.dat"', folder, 'db-shop-20260101_000000.pgdump')
    const { work, notes } = archiveWork(place.processes, '2026-03-06T00:00:00')
    const files = dumpFiles(folder, ['shop'], { areFolders: true, digests: false })
    const failed: unknown = await testNewest({ kind: 'test-files', sets: [{ name: 'db', files }], onBroken: 'fail' }, work).catch(
      (error: unknown) => error,
    )
    assert.match(`${String(failed)} ${notes.join()}`, /something other than regular files/u)
  },
)
