import assert from 'node:assert/strict'
import { mkdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { flushFiles, type PlacedObject, readBack } from '../../src/backup/restore/read-back.ts'
import { closeFolder, openFolder } from '../../src/files/folder.ts'
import { lacks } from '../support/lacks.ts'
import { temporaryFolder } from '../support/localfs.ts'
import { noLoop } from '../support/no-loop.ts'
import { mountRemote, noRemoteMount } from '../support/remote-mount.ts'
import { requires } from '../support/requires.ts'
import { openPlace } from './place.ts'

const PROGRAM = fileURLToPath(new URL('../../holdfast', import.meta.url))

const LATER = /^warning: the destination is on a FUSE file system \(fuse\.rclone\), which may upload files later and report no error if that fails/mu

describe('a restore to a mount of remote storage', { skip: noRemoteMount }, () => {
  it('waits until its files can be read, and warns that they may be uploaded later', async (t) => {
    const mounted = await mountRemote(t, '2s')
    const place = openPlace(t)
    mkdirSync(join(place.folder, 'data'))
    writeFileSync(join(place.folder, 'data/file'), 'content')
    place.configure(`{ data: { files: { paths: [${place.folder}/data] } } }`)
    assert.equal(place.run('-q', 'run').status, 0)
    const { status, stderr } = place.run('-q', 'restore', 'nightly', 'latest', '--to', join(mounted, 'back'))
    // Read at once: such a mount fails with EIO until the upload.
    const contents = place.shell(`cd ${mounted}/back; find . -name file -exec cat '{}' +`)
    assert.deepEqual([status, contents], [0, 'content'])
    assert.match(stderr, LATER)
    assert.doesNotMatch(stderr, /cannot be read/u)
  })

  it('reports files that cannot be read for long', async (t) => {
    const mounted = await mountRemote(t, '1h')
    const { warnings, isReadable } = await withBuilt(mounted, (placed) => readBack([placed], 'fuse.rclone', { pausesMs: [1] }))
    assert.equal(isReadable, false)
    assert.match(
      warnings.join('\n'),
      /\n2 restored files cannot be read yet, such as ".*\/placed\/sub\/[ab]": the file system may return them after/u,
    )
  })
})

/** Builds and flushes an unpacked archive in `top`, and puts it in place. */
async function withBuilt<T>(top: string, work: (placed: PlacedObject) => Promise<T>): Promise<T> {
  mkdirSync(join(top, 'built/sub'), { recursive: true })
  for (const name of ['a', 'b']) writeFileSync(join(top, 'built/sub', name), 'content')
  const folder = await openFolder(top)
  try {
    const before = await flushFiles({ folder, name: 'built' })
    assert.deepEqual(before, { files: 2, bytes: 14 })
    renameSync(join(top, 'built'), join(top, 'placed'))
    return await work({ folder, name: 'placed', before })
  } finally {
    await closeFolder(folder)
  }
}

it('a restore to a FUSE file system fails if files are shorter or missing after it', async (t) => {
  const top = temporaryFolder(t)
  await withBuilt(top, async (placed) => {
    const read = () => readBack([placed], 'fuse.sshfs', { pausesMs: [] })
    assert.deepEqual(await read(), { warnings: [], isReadable: true })
    truncateSync(join(top, 'placed/sub/b'))
    await assert.rejects(read(), {
      code: 'backup/lost',
      message: /placed" has 2 files with 7 bytes after it was put in place, expected 2 files with 14 bytes$/u,
    })
    renameSync(join(top, 'placed/sub'), join(top, 'away'))
    await assert.rejects(read(), { code: 'backup/lost', message: /has 0 files with 0 bytes/u })
  })
})

describe('a restore to a device that fails when it is flushed', { skip: lacks('zstd', 'tar') || requires('leave to mount') || noLoop() }, () => {
  it('fails, and puts replaced files back', (t) => {
    const place = openPlace(t)
    place.configure(`{ data: { files: { paths: [${place.folder}/data] } }, raw: { exec: [cat, ${place.folder}/data/large], compress: none } }`)
    // The file system accepts more than there is space for the file in which it is stored: only the flush reports this.
    const output = place.shell(`mkdir data thin to; head -c 4M /dev/urandom >data/large; unshare --mount sh -euc '
        "$0" -f holdfast.yaml -q run
        mount -t tmpfs -o size=3m none thin; truncate -s 64M thin/image; mkfs.ext4 -q -F -O ^has_journal thin/image; mount -o loop thin/image to
        mkdir to/back; echo old >to/back/raw; sync -f to
        "$0" -f holdfast.yaml restore nightly latest --overwrite --to to/back || echo "code $?"
        ls -A to/back; cat to/back/raw' ${PROGRAM} 2>&1`)
    assert.match(output, /^error: could not flush the file system of ".*\/to\/back"$/mu)
    assert.match(output, /\ncode 1\nraw\nold\n$/u)
  })
})

describe('a restore on a host that cannot flush file systems', { skip: requires('root', 'leave to mount') || lacks('zstd') }, () => {
  it('ends with a warning', (t) => {
    const place = openPlace(t)
    place.configure('{ o: { exec: { argv: [echo, content] }, compress: none } }')
    assert.equal(place.run('-q', 'run').status, 0)
    const output = place.shell(`printf '#!/bin/sh\\nexit 127\\n' >sync; chmod 755 sync; unshare --mount sh -euc '
      mount --bind sync "$(command -v sync)"
      "$0" -q -f holdfast.yaml restore nightly latest --to back 2>&1; echo "code $?"' '${PROGRAM}'; cat back/o`)
    assert.match(output, /^warning: could not flush the file system: the restored files are lost if this host fails soon[^\n]*\ncode 0\ncontent\n$/mu)
  })
})
