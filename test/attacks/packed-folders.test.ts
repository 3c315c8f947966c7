import assert from 'node:assert/strict'
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeArchive } from '../../src/file-sets/make/make-archive.ts'
import { cannotMountDead, mountDead } from '../faults/dead-mount.ts'
import { openPlace } from '../native/place.ts'
import { archiveWork } from '../support/archive.ts'
import { ATTACKER, asAttacker, attacking, keepsSwapping } from '../support/attacker.ts'
import { BEGAN, NEEDS, OWNER, openScene, packed, SECRET, stepOf } from './archive-scene.ts'
import { attack } from './attack.ts'

const PROTECTION = '/proc/sys/fs/protected_hardlinks'

const SWAPS = [
  {
    name: 'a folder is replaced by a link',
    how: 'renames it and creates a link to a folder of root',
    swap: 'mv "$1/a" "$1/b"; ln -s "$2" "$1/a"',
  },
  {
    name: 'a folder is replaced by another one',
    how: 'replaces it by another folder of the attacker',
    swap: 'mv "$1/a" "$1/b"; cp -r "$1/b" "$1/a"',
  },
  { name: 'a file is replaced by a link', how: 'replaces it by a link to a file of root', swap: 'ln -sf "$2/file" "$1/a/file"' },
  { name: 'a file is replaced by a FIFO', how: 'replaces it by a FIFO', swap: 'rm "$1/a/file"; mkfifo "$1/a/file"' },
] as const

for (const container of ['tar', 'zip'] as const) {
  for (const { name, how, swap } of SWAPS)
    attack(
      {
        name: `${name} between scan and packing, ${container}`,
        attacker: OWNER,
        how: `${how} between the scan and the packing`,
        outcome:
          'the archive contains no files of root; the replaced entry is reported as not packed and is missing from the list; all other entries are packed',
        needs: NEEDS,
      },
      async (t) => {
        const place = openScene(t)
        const { content, notes, list } = await packed(place, container, () => asAttacker(swap, place.source, place.secret))
        assert.doesNotMatch(content, new RegExp(SECRET, 'u'))
        assert.match(notes, /"a\/file" could not be packed: /u)
        assert.doesNotMatch(list, /,a\/file$/mu)
        assert.match(content, /^z\/last = last$/mu)
      },
    )

  attack(
    {
      name: `a file is replaced by a hard link to a file of root, ${container}`,
      attacker: `${OWNER}, if the kernel permits hard links to files of other users (protected_hardlinks=0)`,
      how: 'replaces the file by the hard link after the scan',
      outcome: 'it is reported as not packed, and is not in the archive',
      needs: NEEDS,
    },
    async (t) => {
      const place = openScene(t)
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
      name: `a hard link to a file of root exists before the scan, ${container}`,
      attacker: `${OWNER}, if the kernel permits hard links to files of other users (protected_hardlinks=0)`,
      how: 'creates a hard link in the folder to a file that only root can read',
      outcome:
        'it is reported as not packed, and is not in the archive; hard links to files of the user, and to files that all users can read, are packed',
      needs: NEEDS,
    },
    async (t) => {
      const place = openScene(t)
      chmodSync(place.secret, 0o711)
      writeFileSync(join(place.secret, 'open'), 'for all', { mode: 0o644 })
      const protection = readFileSync(PROTECTION, 'latin1')
      writeFileSync(PROTECTION, '0')
      t.after(() => writeFileSync(PROTECTION, protection))
      asAttacker('ln "$2/file" "$1/a/stolen"; ln "$2/open" "$1/a/open"; ln "$1/a/file" "$1/a/own"', place.source, place.secret)
      const { content, notes, list } = await packed(place, container)
      assert.doesNotMatch(content, new RegExp(SECRET, 'u'))
      assert.equal(notes, '"a/stolen" could not be packed: another user may have created this hard link to it (fs.protected_hardlinks is 0)')
      assert.doesNotMatch(list, /stolen/u)
      assert.match(content, /^a\/open = for all$/mu)
      // A user's own hard links are packed, as one of them.
      for (const name of ['file', 'own']) assert.match(content, new RegExp(`^a/${name} = (?:mine|a/(?:file|own))$`, 'mu'))
    },
  )

  attack(
    {
      name: `a file is replaced in the way editors save files, ${container}`,
      attacker: 'none: an ordinary program',
      how: 'writes a new file and renames it over the old one after the scan',
      outcome: 'the new file is in the archive',
      needs: NEEDS,
    },
    async (t) => {
      const place = openScene(t)
      const { content, notes } = await packed(place, container, () =>
        asAttacker('echo new > "$1/a/.file"; mv "$1/a/.file" "$1/a/file"', place.source),
      )
      assert.equal(notes, '')
      assert.match(content, /^a\/file = new$/mu)
    },
  )

  attack(
    {
      name: `a folder is continuously replaced by a link and restored, ${container}`,
      attacker: OWNER,
      how: 'continuously exchanges a folder and a link to a folder of root while ten archives are made',
      outcome: 'none of them contains files of root, and each can be read to its end',
      needs: NEEDS,
    },
    async (t) => {
      const place = openScene(t)
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
    name: 'the owner of a link in a packed folder cannot read its target',
    attacker: OWNER,
    how: 'creates a link to a file of root in the folder, whose target would be stored in a ZIP file; also replaces a link of root by one',
    outcome: 'it is stored as a link, with a note; a link to a file that all users can read is followed as usual',
    needs: NEEDS,
  },
  async (t) => {
    const place = openScene(t)
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
    name: 'a link in a packed folder leads to a file of which its owner may know nothing',
    attacker: OWNER,
    how: 'creates a link to a file in a folder that only root can enter, whose size and time would be in the list of the archive',
    outcome: 'the list contains those of the link; those of a link to a file that all users can read are its target’s, as usual',
    needs: NEEDS,
  },
  async (t) => {
    const place = openScene(t)
    writeFileSync(join(place.secret, 'file'), 'x'.repeat(7_654_321 % 100_000))
    asAttacker('ln -s "$2/file" "$1/theirs"; ln -s /etc/passwd "$1/public"', place.source, place.secret)
    const { list } = await packed(place, 'tar')
    const line = (name: string) => list.split('\n').find((it) => it.endsWith(name)) ?? assert.fail(list)
    assert.ok(!line('theirs').includes('54321'), line('theirs'))
    assert.ok(line('public').includes(String(statSync('/etc/passwd').size)), line('public'))
  },
)

attack(
  {
    name: 'the folder to pack is a link of another user',
    attacker: OWNER,
    how: 'replaces the configured source folder by a link to a folder of root',
    outcome: 'the step fails with the owner of the link; with --trust-root, the link is followed',
    needs: NEEDS,
  },
  async (t) => {
    const place = openScene(t)
    asAttacker('mv "$1" "$1.away"; ln -s "$2" "$1"', place.source, place.secret)
    await assert.rejects(packed(place, 'tar'), { code: 'archive/unsafe', message: /user 65534 can change the link ".*\/source" in the path/u })
    const told = archiveWork(place.processes, BEGAN)
    await makeArchive(stepOf(place, 'tar'), { ...told.work, trustsFolders: true })
  },
)

attack(
  {
    name: 'a user withholds files while they are saved in a set',
    attacker: OWNER,
    how: 'has a lease on a file, as Samba has (fcntl(2), F_SETLEASE), and mounts a file system in user space, as sshfs does, to which root has no access',
    outcome: 'the set is published with the files of all users except this one, which a note names',
    needs: [...NEEDS, 'zstd'],
  },
  async (t) => {
    const { source } = openScene(t)
    const place = openPlace(t)
    await attacking(t, ['python3', '-c', LEASE, join(source, 'a/file')])
    const mount = cannotMountDead() === false ? mountDead(join(source, 'a/mnt'), ATTACKER.uid) : undefined
    try {
      place.configure(`{ home: { files: { paths: [${source}] } } }`)
      const { status, stderr } = place.run('run')
      assert.equal(status, 0, stderr)
      assert.match(stderr, /"tar" exited with code 2: .*a\/file: Cannot open: Resource temporarily unavailable/u)
      assert.match(place.run('ls', 'nightly', 'latest', 'home.tar.zst', `${source.slice(1)}/z`).stdout, /\/last$/mu)
    } finally {
      // Before the folder is removed.
      mount?.end()
    }
  },
)

const LEASE = `
import fcntl, signal, sys
signal.signal(signal.SIGIO, signal.SIG_IGN)
file = open(sys.argv[1], 'r+')
fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print('ready', flush=True)
signal.pause()
`
