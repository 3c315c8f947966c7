import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { expireFiles } from '../../src/file-sets/expire/expire-files.ts'
import { makeArchive } from '../../src/file-sets/make/make-archive.ts'
import { copyNewest } from '../../src/file-sets/use/copy-newest.ts'
import { testNewest } from '../../src/file-sets/use/test-newest.ts'
import type { ArchiveStep } from '../../src/plan/dated-files.ts'
import { openProcesses } from '../../src/process/open-processes.ts'
import { archiveFiles, archiveStep, archiveWork } from '../support/archive.ts'
import { ATTACKER, asAttacker, attackersFolder, keepsSwapping } from '../support/attacker.ts'
import { attack } from './attack.ts'

const OWNER = 'a local user whose folder is packed'
const WRITER = 'a local user who may write in the folder of the archives'
const NEEDS = ['root', 'setpriv', 'tar', 'python3']
const SECRET = 'only root may read this'
const BEGAN = '2026-03-01T02:40:00'

/** A folder that only root may enter, with files of the names that are packed. */
function secretFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-secret-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'sub'))
  for (const name of ['file', 'sub/file', 'toc.dat']) writeFileSync(join(folder, name), SECRET, { mode: 0o600 })
  return folder
}

function open(t: TestContext) {
  const home = attackersFolder(t)
  const source = join(home, 'source')
  asAttacker('mkdir -p "$1/a/sub" "$1/z"; echo mine > "$1/a/file"; echo mine > "$1/a/sub/file"; echo last > "$1/z/last"', source)
  const target = mkdtempSync(join(tmpdir(), 'holdfast-archives-'))
  t.after(() => rmSync(target, { recursive: true, force: true }))
  const processes = openProcesses({ runId: `attack-${process.pid}-${Math.random().toString(36).slice(2)}` })
  t.after(() => processes.close())
  return { home, source, target, secret: secretFolder(t), processes }
}

type Place = ReturnType<typeof open>
type Container = 'tar' | 'zip'

function stepOf({ source, target }: Place, container: Container, changes: Partial<ArchiveStep> = {}): ArchiveStep {
  const extension = container === 'tar' ? 'tar.gz' : 'zip'
  const compression = container === 'tar' ? 'gzip' : 'deflate'
  return archiveStep(source, target, { container, compression, overwrite: true, files: archiveFiles(target, 0, { extension }), ...changes })
}

/** Packs, `between` scan and packing done. Everything that is in the archive, as text, and what was told. */
async function packed(place: Place, container: Container, between: () => void = () => undefined, changes: Partial<ArchiveStep> = {}) {
  const told = archiveWork(place.processes, BEGAN, { failpoint: (point) => point === 'archive-scanned' && between() })
  await makeArchive(stepOf(place, container, changes), told.work)
  const name = `etc-20260301_024000-0`
  const archive = join(place.target, '0', `${name}.${container === 'tar' ? 'tar.gz' : 'zip'}`)
  const content = execFileSync('python3', ['-c', READ, archive], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } })
  return { content, notes: told.notes.join('\n'), list: readFileSync(join(place.target, '0', `${name}.list`), 'utf8') }
}

const READ = `
import sys, tarfile, zipfile
path = sys.argv[1]
if path.endswith('.zip'):
  z = zipfile.ZipFile(path)
  assert z.testzip() is None
  for i in z.infolist(): print(i.filename, '=', z.read(i).decode('latin1'))
else:
  t = tarfile.open(path)
  for m in t: print(m.name, '=', t.extractfile(m).read().decode('latin1') if m.isreg() else m.linkname)
`

const SWAPS = [
  {
    name: 'a folder is swapped for a link',
    how: 'moves it away and puts a link to a folder of root there',
    swap: 'mv "$1/a" "$1/b"; ln -s "$2" "$1/a"',
  },
  { name: 'a folder is swapped for another one', how: 'puts another folder of his there', swap: 'mv "$1/a" "$1/b"; cp -r "$1/b" "$1/a"' },
  { name: 'a file is swapped for a link', how: 'puts a link to a file of root there', swap: 'ln -sf "$2/file" "$1/a/file"' },
  { name: 'a file is swapped for a FIFO', how: 'puts a FIFO there', swap: 'rm "$1/a/file"; mkfifo "$1/a/file"' },
] as const

for (const container of ['tar', 'zip'] as const) {
  for (const { name, how, swap } of SWAPS)
    attack(
      {
        name: `${name} between scan and packing, ${container}`,
        attacker: OWNER,
        how: `${how} after the scan has seen it, before it is packed`,
        outcome: 'nothing foreign is in the archive; what was swapped is told as not packed and is not in the list; the rest is there',
        needs: NEEDS,
      },
      async (t) => {
        const place = open(t)
        const { content, notes, list } = await packed(place, container, () => asAttacker(swap, place.source, place.secret))
        assert.doesNotMatch(content, new RegExp(SECRET, 'u'))
        assert.match(notes, /"a\/file" could not be packed: /u)
        assert.doesNotMatch(list, /,a\/file$/mu)
        assert.match(content, /^z\/last = last$/mu)
      },
    )

  attack(
    {
      name: `a file is swapped for a second name of a foreign one, ${container}`,
      attacker: `${OWNER}, where the kernel lets anybody link foreign files (protected_hardlinks=0)`,
      how: 'puts a hard link to a file of root in the place of his own after the scan',
      outcome: 'it is told as not packed, and not in the archive',
      needs: NEEDS,
    },
    async (t) => {
      const place = open(t)
      const { content, notes } = await packed(place, container, () => {
        rmSync(join(place.source, 'a/file'))
        linkSync(join(place.secret, 'file'), join(place.source, 'a/file'))
      })
      assert.doesNotMatch(content, new RegExp(SECRET, 'u'))
      assert.match(notes, /"a\/file" could not be packed: another file has replaced it/u)
    },
  )

  attack(
    {
      name: `a file is replaced as editors save, ${container}`,
      attacker: 'nobody: an ordinary program',
      how: 'writes another file and renames it over the first one after the scan',
      outcome: 'the new file is in the archive',
      needs: NEEDS,
    },
    async (t) => {
      const place = open(t)
      const { content, notes } = await packed(place, container, () =>
        asAttacker('echo new > "$1/a/.file"; mv "$1/a/.file" "$1/a/file"', place.source),
      )
      assert.equal(notes, '')
      assert.match(content, /^a\/file = new$/mu)
    },
  )

  attack(
    {
      name: `a folder is swapped for a link again and again, ${container}`,
      attacker: OWNER,
      how: 'exchanges a folder and a link to a folder of root at every moment, while ten archives are made',
      outcome: 'nothing foreign is in any of them, and each can be read to its end',
      needs: NEEDS,
    },
    async (t) => {
      const place = open(t)
      asAttacker('for i in 1 2 3 4 5 6 7 8 9; do mkdir "$1/a/$i"; for j in 1 2 3 4 5 6 7 8 9; do echo mine > "$1/a/$i/$j"; done; done', place.source)
      for (let i = 1; i < 10; i++) {
        mkdirSync(join(place.secret, String(i)))
        for (let j = 1; j < 10; j++) writeFileSync(join(place.secret, `${i}/${j}`), SECRET)
      }
      const attacker = await keepsSwapping(t, join(place.source, 'a'), place.secret)
      let lost = 0
      for (let round = 0; round < 10; round++) {
        const { content, notes } = await packed(place, container)
        assert.doesNotMatch(content, new RegExp(SECRET, 'u'))
        if (notes.includes('could not be packed')) lost++
      }
      const swaps = Number(await attacker.stop())
      assert.ok(swaps > 1000 && lost > 0, `the attacker was too slow: ${swaps} swaps, ${lost} archives that met one`)
    },
  )
}

attack(
  {
    name: 'a link in a packed folder leads to a file that its owner may not read',
    attacker: OWNER,
    how: 'puts a link to a file of root into his folder, of which a ZIP file would hold what it points to; one in place of a link of root, too',
    outcome: 'it is stored as a link, and told; a link to a file that everybody may read is followed as ever',
    needs: NEEDS,
  },
  async (t) => {
    const place = open(t)
    asAttacker(
      'ln -s "$2/file" "$1/theirs"; ln -s a/file "$1/own"; ln -s /etc/passwd "$1/public"; mkdir "$1/l"; ln -s "$2" "$1/l/way"',
      place.source,
      place.secret,
    )
    symlinkSync('l/way/file', join(place.source, 'of-root'))
    const { content, notes } = await packed(place, 'zip')
    assert.doesNotMatch(content, new RegExp(SECRET, 'u'))
    for (const name of ['theirs', 'of-root']) assert.match(notes, new RegExp(`"${name}" is stored as a link`, 'u'))
    assert.match(content, /^own = mine$/mu)
    assert.match(content, /^public = .*root:/mu)
  },
)

attack(
  {
    name: 'the folder to pack is a link of somebody else',
    attacker: OWNER,
    how: 'puts a link to a folder of root in the place of the folder that the configuration names',
    outcome: 'the step is refused, and says whose link it is; with --trust-root it is followed',
    needs: NEEDS,
  },
  async (t) => {
    const place = open(t)
    asAttacker('mv "$1" "$1.away"; ln -s "$2" "$1"', place.source, place.secret)
    await assert.rejects(packed(place, 'tar'), { code: 'archive/unsafe', message: /user 65534 can change the link ".*\/source" in the path/u })
    const told = archiveWork(place.processes, BEGAN)
    await makeArchive(stepOf(place, 'tar'), { ...told.work, trustsFolders: true })
  },
)

attack(
  {
    name: 'the folder of the archives is a link of somebody else',
    attacker: WRITER,
    how: 'puts a link to a folder of root in the place of the folder of the archives',
    outcome: 'making, expiring, copying and testing are refused; nothing is made or removed where it leads',
    needs: NEEDS,
  },
  async (t) => {
    const place = open(t)
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

const ANY_TIME = { text: '* * * * *', minute: 'any', hour: 'any', day: 'any', month: 'any', weekday: 'any' } as const

/** A folder of archives in which the attacker may write. */
function sharedFolder({ home }: Place): string {
  const folder = join(home, '0')
  asAttacker('mkdir "$1"', folder)
  return folder
}

const PART = '.holdfast-part-0123456789ab'

attack(
  {
    name: 'a foreign folder gets the name of a work folder of archives',
    attacker: WRITER,
    how: 'gives a folder of root that lies beside the archives the name of a dead run’s work folder; a link of such a name to another one; one with a forged sign',
    outcome: 'the next archive removes none of them',
    needs: NEEDS,
  },
  async (t) => {
    const place = open(t)
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
    name: 'the work folder of a dead run is swapped for a link while it is swept',
    attacker: WRITER,
    how: 'exchanges a work folder of root and a link to a folder of root at every moment, while archives are made that sweep',
    outcome: 'what the link leads to stays whole',
    needs: NEEDS,
  },
  async (t) => {
    const place = open(t)
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
    name: 'something is mounted in the work folder of a dead run',
    attacker: 'a run that died',
    how: 'leaves a work folder in which a folder of root is mounted',
    outcome: 'what is mounted stays whole, and so does the mount',
    needs: [...NEEDS, 'mount'],
  },
  async (t) => {
    const place = open(t)
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
    how: 'makes FIFOs of the newest dates where a level 1 looks for its base, and where files are copied, tested and expired',
    outcome: 'nothing waits for them; they are told, or count as not whole; the good archive is used',
    needs: NEEDS,
  },
  async (t) => {
    const place = open(t)
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
    name: 'an archive is swapped for a link before it is copied',
    attacker: WRITER,
    how: 'puts a link to a file of root in the place of the newest archive',
    outcome: 'what it leads to is not copied',
    needs: NEEDS,
  },
  async (t) => {
    const place = open(t)
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
    name: 'a set-user-ID program is planted as the newest archive, to be copied',
    attacker: WRITER,
    how: 'gives a program of his the name of a newer archive, with the bits for set-user-ID and set-group-ID, then root copies the newest archives',
    outcome: 'the copy has neither bit',
    needs: NEEDS,
  },
  async (t) => {
    const place = open(t)
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
  { what: 'a group of his and the setgid bit', plant: 'chmod 2770 "$1"' },
  { what: 'a default ACL that names him', plant: `chmod 700 "$1"; setfacl -d -m u:${ATTACKER.uid}:rwx,m::rwx "$1"` },
] as const)
  attack(
    {
      name: `the folder of the archives hands down ${what}`,
      attacker: 'a local user who owns the folder that archives are kept in',
      how: 'prepares his folder so; root packs a folder of root into one below, which it makes, and copies the newest archives there',
      outcome: 'he can read none of the files',
      needs: [...NEEDS, 'setfacl'],
    },
    async (t) => {
      const place = open(t)
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
