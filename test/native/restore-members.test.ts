import assert from 'node:assert/strict'
import { linkSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { nestFolders } from '../support/nested-folders.ts'
import { requires } from '../support/requires.ts'
import { lacks, openPlace } from './place.ts'

const PROGRAM = fileURLToPath(new URL('../../holdfast', import.meta.url))

describe('restoring members of an archive', () => {
  it('a hard link is restored with its target, whatever their names, and this is printed', { skip: lacks('zstd', 'tar') }, (t) => {
    const place = openPlace(t)
    const names = ['plain', "ä 'q' \\ \t[x]*", 'line\nbreak']
    place.shell('mkdir -p data/1 data/2')
    for (const [index, name] of names.entries()) {
      const file = join(place.folder, 'data/1', name)
      writeFileSync(file, String(index))
      linkSync(file, join(place.folder, `data/2/link${index}`))
    }
    place.configure(`{ data: { files: { paths: [${place.folder}/data/1, ${place.folder}/data/2] } } }`)
    assert.equal(place.run('-q', 'run').status, 0)
    const at = place.folder.slice(1)
    for (const [index, name] of names.entries()) {
      const { status, stderr } = place.run('-q', 'restore', 'nightly', 'latest', '--to', `back-${index}`, '--path', `${at}/data/2/link${index}`)
      assert.equal(status, 0, stderr)
      assert.match(stderr, /^warning: "data\.tar\.zst" contains hard links: their targets were also restored: ".*"$/mu)
      const restored = join(place.folder, `back-${index}/data.tar.zst.d`, at, 'data')
      assert.equal(readFileSync(join(restored, `2/link${index}`), 'utf8'), String(index))
      assert.equal(statSync(join(restored, '1', name)).nlink, 2)
    }
    const glob = place.run('-q', 'restore', 'nightly', 'latest', '--to', 'back-glob', '--glob', '--path', `${at}/data/2/*1`)
    assert.equal(glob.status, 0, glob.stderr)
    const both = place.run('-q', 'restore', 'nightly', 'latest', '--to', 'back-both', '--path', `${at}/data/2/link0`, '--path', `${at}/data/1/plain`)
    assert.deepEqual(both, { status: 0, stdout: '', stderr: '' })
  })

  it('nothing is restored if one of several paths is in no archive', { skip: lacks('zstd', 'tar') }, (t) => {
    const place = openPlace(t)
    const names = ['größe', 'a:b', 'back\\slash', 'line\nbreak', "quote'", '-rf']
    place.shell('mkdir data other; echo y > other/y')
    for (const name of names) writeFileSync(join(place.folder, 'data', name), name)
    place.configure(`{ data: { files: { paths: [${place.folder}/data] } }, other: { files: { paths: [${place.folder}/other] } } }`)
    assert.equal(place.run('-q', 'run').status, 0)
    const at = place.folder.slice(1)
    const restore = (to: string, ...paths: readonly string[]) =>
      place.run('-q', 'restore', 'nightly', 'latest', '--to', to, ...paths.map((it) => `--path=${it}`))
    for (const name of names) {
      const { status, stderr } = restore('none', `${at}/other/y`, `${at}/data/${name}`, `${at}/elsewhere/${name}`)
      assert.equal(status, 1, name)
      assert.equal(stderr.split('no archive member has the path').length, 2, stderr)
      assert.match(stderr, /\/elsewhere\/.*"; search for it with "find /u)
      assert.throws(() => statSync(join(place.folder, 'none')))
    }
    const all = restore('all', `${at}/other/y`, ...names.map((name) => `./${at}/data/${name}`))
    assert.deepEqual(all, { status: 0, stdout: '', stderr: '' })
    for (const name of names) assert.equal(readFileSync(join(place.folder, 'all/data.tar.zst.d', at, 'data', name), 'utf8'), name)
    const glob = place.run('-q', 'restore', 'nightly', 'latest', '--to', 'glob', '--glob', `--path=${at}/data/*e`, `--path=${at}/data/x*`)
    assert.equal(glob.status, 1)
    assert.match(glob.stderr, /no archive member matches "\S+\/data\/x\*"/u)
    assert.match(restore('bytes', `${at}/data/\ufffd`).stderr, /has the path "\S+\/data\/\ufffd" \(bytes that are not valid UTF-8 need --glob/u)
  })

  it('an ordinary user gets everything but devices, with a warning', { skip: requires('root') || lacks('zstd', 'tar', 'runuser') }, (t) => {
    const place = openPlace(t)
    place.shell('chmod 755 .; mkdir data; echo x >data/file; mknod data/device c 1 3; chmod 666 data/device; mkdir -m 777 mine; chmod 1777 mine')
    place.configure(`{ data: { files: { paths: [${place.folder}/data] } } }`)
    place.shell(`sed -i 's/type: localfs/type: localfs, folder-mode: "0755", file-mode: "0644"/' holdfast.yaml; chmod 644 holdfast.yaml`)
    assert.equal(place.run('-q', 'run').status, 0)
    const as = `cd mine; HOME=${place.folder}/mine HOLDFAST_STATE=${place.folder}/mine/state runuser -u nobody --`
    for (const more of ['', ` --path ${place.folder.slice(1)}/data`]) {
      const to = `back${more === '' ? '' : '-path'}`
      const said = place.shell(`${as} ${PROGRAM} -f ../holdfast.yaml restore nightly latest --to ${to}${more} 2>&1`)
      assert.match(said, /warning: "data\.tar\.zst" contains 1 device, which only root can create: skipped/u)
      assert.equal(place.shell(`cat $(find mine/${to} -name file); find mine/${to} -name device`), 'x\n')
    }
  })

  it('everything but devices is restored where root cannot create them, and this is an error', {
    skip: requires('root') || lacks('zstd', 'tar', 'unshare'),
  }, (t) => {
    const place = openPlace(t)
    place.shell('mkdir data; echo x >data/file; mknod data/device c 1 3')
    place.configure(`{ data: { files: { paths: [${place.folder}/data] } } }`)
    assert.equal(place.run('-q', 'run').status, 0)
    const inContainer = `unshare --user --map-root-user ${PROGRAM} -f holdfast.yaml restore nightly latest --to back 2>&1 || echo "code $?"`
    const output = place.shell(`HOLDFAST_STATE=${place.folder}/other-state ${inContainer}`)
    assert.match(output, /warning: "data\.tar\.zst" contains 1 device, which the kernel does not allow creating here: skipped/u)
    assert.match(output, /code 4\n$/u)
    assert.equal(place.shell('cat $(find back -name file); find back -name device'), 'x\n')
  })

  it('everything but paths that are too long is restored, and this is an error', { skip: lacks('zstd', 'tar', 'python3') }, (t) => {
    const place = openPlace(t)
    place.shell('mkdir data; echo x >data/file')
    nestFolders(join(place.folder, 'data/nested'), 25)
    place.configure(`{ data: { files: { paths: [${place.folder}/data] } } }`)
    assert.equal(place.run('-q', 'run').status, 0)
    const { status, stdout, stderr } = place.run('restore', 'nightly', 'latest', '--to', 'back')
    assert.equal(status, 4, stderr)
    assert.match(
      stderr,
      /^warning: "data\.tar\.zst" contains paths that are too long for tar \(the limit is 4095 bytes\): \d+ members could not be created/mu,
    )
    assert.match(stdout, /^restored 1 object .*, without some files \(see the warnings\)$/mu)
    const restored = join(place.folder, 'back/data.tar.zst.d', place.folder.slice(1), 'data')
    assert.equal(readFileSync(join(restored, 'file'), 'utf8'), 'x\n')
    assert.equal(readdirSync(join(restored, 'nested')).length, 1)
    const json = place.run('restore', 'nightly', 'latest', '--to', 'again', '--json')
    assert.equal(json.status, 4)
    assert.equal(JSON.parse(json.stdout).isPartial, true)
  })

  it('everything but files that are too large for the file system is restored, and this is an error', {
    skip: lacks('zstd', 'tar', 'mkfs.ext4') || requires('root', 'leave to mount'),
  }, (t) => {
    const place = openPlace(t)
    place.configure(`{ data: { files: { paths: [${place.folder}/data] } } }`)
    // The limit of a file system in memory is 8 EiB, that of ext4 16 TiB.
    const output = place.shell(`mkdir data small; truncate -s 8M small.img; mkfs.ext4 -q -F small.img; unshare --mount sh -euc '
        mount -t tmpfs none data; truncate -s 7E data/large; printf x >>data/large; echo x >data/file
        mount -o loop small.img small; export HOLDFAST_STATE=$PWD/state
        "$0" -f holdfast.yaml -q run; "$0" -f holdfast.yaml restore nightly latest --to small/back || echo "code $?"
        find small -name file -exec cat "{}" +' ${PROGRAM} 2>&1`)
    assert.match(
      output,
      /warning: "data\.tar\.zst" contains 1 member that the file system of the destination cannot store completely, .* begins with "[^"]*\/data\/large"$/mu,
    )
    assert.match(output, /without some files \(see the warnings\)\n(?:.*\n)*code 4\nx\n$/u)
  })

  it('the name of a folder means all objects in it, of which none is loaded into a database', (t) => {
    const place = openPlace(t)
    const dump = (name: string) => `db/${name}.sql: { exec: [echo, ${name}], compress: none }`
    place.configure(`{ ${dump('shop')}, ${dump('wiki')}, other: { exec: [echo, o], compress: none } }`)
    assert.equal(place.run('-q', 'run').status, 0)
    const restored = place.run('-q', 'restore', 'nightly', 'latest', 'db', '--to', 'back')
    assert.deepEqual(restored, { status: 0, stdout: '', stderr: '' })
    assert.deepEqual([readdirSync(join(place.folder, 'back')), readdirSync(join(place.folder, 'back/db'))], [['db'], ['shop.sql', 'wiki.sql']])
    const loaded = place.run('restore', 'nightly', 'latest', 'db', '--into', 'postgresql://root@127.0.0.1:1/new')
    assert.equal(loaded.status, 1)
    assert.match(loaded.stderr, /"db" can be any of these objects: "db\/shop\.sql", "db\/wiki\.sql"/u)
  })
})
